package io.modelwatch.streams;

import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.schemas.avro.SourceClaim;
import io.modelwatch.schemas.avro.SubjectFacts;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a model's facts say that matters to those who descend from it. Everything else of the facts moves no ancestry.
 *
 * @param parents sorted by id, each parent once; of two relations to one parent the first by name, {@code unknown} last
 * @param confidence confidence of the claim that names the parents
 * @param license as declared, null where unknown
 * @param datasets as declared, sorted
 * @param ownerId the source's id of the owner, null where it gives none
 * @param truncated true where a limit cut parents or datasets
 * @param digest of all of it: two facts with one digest lead to one ancestry
 */
public record LineageFacts(
        List<ParentRef> parents,
        Confidence confidence,
        @Nullable String license,
        List<String> datasets,
        @Nullable String ownerId,
        boolean truncated,
        String digest) {

    /** Most parents of one model that are followed; the largest merge recorded on a hub names 65. */
    public static final int MAX_PARENTS = 100;

    /** Longest id (characters) of a parent that is followed; hubs allow about 200. */
    public static final int MAX_ID = 256;

    /** Most characters in the datasets of one model that are handed down. */
    public static final int MAX_DATASETS = 512;

    /** Longest licence or owner (characters) that is handed down. */
    public static final int MAX_WORD = 64;

    private static final String UNKNOWN = "unknown";

    private static final Set<String> RELATIONS =
            Set.of("finetune", "adapter", "quantized", "merge", "distilled", "continued");

    /** Returns what matters of some facts, or null where nobody speaks of the model. */
    public static @Nullable LineageFacts of(@Nullable SubjectFacts facts) {
        ModelFacts model = Merged.model(facts);
        if (model == null || facts == null) {
            return null;
        }
        List<ParentRef> parents = parents(model.getParents());
        List<String> datasets = new ArrayList<>(new TreeSet<>(model.getDatasets()));
        boolean cut = parents.removeIf(parent -> !followed(parent.getId())) | parents.size() > MAX_PARENTS;
        parents = List.copyOf(parents.subList(0, Math.min(parents.size(), MAX_PARENTS)));
        int fit = fit(datasets);
        cut |= fit < datasets.size();
        datasets = List.copyOf(datasets.subList(0, fit));
        Confidence confidence = confidence(facts);
        String license = limited(model.getLicense());
        String ownerId = limited(model.getOwnerId());
        return new LineageFacts(
                parents,
                confidence,
                license,
                datasets,
                ownerId,
                cut,
                digest(parents, confidence, license, datasets, ownerId, cut));
    }

    private static List<ParentRef> parents(List<ParentRef> said) {
        List<ParentRef> sorted = new ArrayList<>();
        for (ParentRef parent : said) {
            sorted.add(new ParentRef(
                    parent.getId(), RELATIONS.contains(parent.getRelation()) ? parent.getRelation() : UNKNOWN));
        }
        sorted.sort(Comparator.comparing(ParentRef::getId).thenComparing(ParentRef::getRelation));
        List<ParentRef> once = new ArrayList<>();
        for (ParentRef parent : sorted) {
            if (once.isEmpty() || !once.getLast().getId().equals(parent.getId())) {
                once.add(parent);
            }
        }
        return once;
    }

    /** The confidence of the first claim, by precedence, that names parents: the one that the merged facts show. */
    private static Confidence confidence(SubjectFacts facts) {
        for (SourceClaim claim : facts.getClaims()) {
            if (claim.getModel() != null && !claim.getModel().getParents().isEmpty()) {
                return claim.getConfidence();
            }
        }
        return Confidence.UNRESOLVED;
    }

    private static boolean followed(String id) {
        return id.length() <= MAX_ID && id.indexOf('\0') < 0;
    }

    private static int fit(List<String> datasets) {
        int text = 0;
        for (int i = 0; i < datasets.size(); i++) {
            text += datasets.get(i).length();
            if (text > MAX_DATASETS) {
                return i;
            }
        }
        return datasets.size();
    }

    private static @Nullable String limited(@Nullable String text) {
        return text == null || text.length() > MAX_WORD ? null : text;
    }

    private static String digest(
            List<ParentRef> parents,
            Confidence confidence,
            @Nullable String license,
            List<String> datasets,
            @Nullable String ownerId,
            boolean cut) {
        List<String> parts = new ArrayList<>();
        parts.add(Integer.toString(parents.size()));
        for (ParentRef parent : parents) {
            parts.add(parent.getId());
            parts.add(parent.getRelation());
        }
        parts.add(confidence.name());
        parts.add(license == null ? "-" : "=" + license);
        parts.add(ownerId == null ? "-" : "=" + ownerId);
        parts.add(Boolean.toString(cut));
        parts.addAll(datasets);
        return Ids.digest(parts.toArray(String[]::new));
    }
}
