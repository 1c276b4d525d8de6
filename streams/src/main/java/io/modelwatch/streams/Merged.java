package io.modelwatch.streams;

import io.modelwatch.schemas.Canonical;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.SourceClaim;
import io.modelwatch.schemas.avro.SubjectFacts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What several sources' claims come to: of each field, the first that is said, by precedence; of a deployment, what telemetry
 * saw beside it.
 */
public final class Merged {

    private Merged() {}

    /** Returns the merged facts of a deployment, or null once it is gone. */
    public static @Nullable DeploymentFacts deployment(@Nullable SubjectFacts facts) {
        DeploymentFacts declared = declared(facts == null ? List.of() : facts.getClaims());
        List<DeploymentFacts> seen = said(facts, claim -> TrafficClaims.isOf(claim) ? claim.getDeployment() : null);
        if (declared == null || seen.isEmpty()) {
            return seen.isEmpty() ? declared : seen.getFirst();
        }
        return TrafficClaims.over(declared, TrafficClaims.aligned(declared, seen.getFirst()));
    }

    /** Returns the merged facts of a deployment as its sources declare it, telemetry left out; null where none does. */
    public static @Nullable DeploymentFacts declared(List<SourceClaim> claims) {
        List<DeploymentFacts> said = new ArrayList<>();
        for (SourceClaim claim : claims) {
            if (claim.getDeployment() != null && !TrafficClaims.isOf(claim)) {
                said.add(claim.getDeployment());
            }
        }
        if (said.isEmpty()) {
            return null;
        }
        DeploymentFacts merged = DeploymentFacts.newBuilder(said.getFirst()).build();
        Map<String, Object> attributes = new HashMap<>();
        for (DeploymentFacts one : said.reversed()) {
            attributes.putAll(one.getAttributes());
        }
        merged.setAttributes(attributes);
        merged.setType(first(said, DeploymentFacts::getType));
        merged.setVendor(first(said, DeploymentFacts::getVendor));
        merged.setOwner(first(said, DeploymentFacts::getOwner));
        merged.setModels(firstList(said, DeploymentFacts::getModels));
        merged.setHosting(firstList(said, DeploymentFacts::getHosting));
        return merged;
    }

    /** Returns the merged facts of a model, or null while nobody has spoken of it. */
    public static @Nullable ModelFacts model(@Nullable SubjectFacts facts) {
        List<ModelFacts> said = said(facts, SourceClaim::getModel);
        if (said.isEmpty()) {
            return null;
        }
        ModelFacts merged = ModelFacts.newBuilder(said.getFirst()).build();
        Map<String, Object> attributes = new HashMap<>();
        for (ModelFacts one : said.reversed()) {
            attributes.putAll(one.getAttributes());
        }
        merged.setAttributes(attributes);
        merged.setRevision(first(said, ModelFacts::getRevision));
        merged.setAuthor(first(said, ModelFacts::getAuthor));
        merged.setOwnerId(first(said, ModelFacts::getOwnerId));
        merged.setLicense(first(said, ModelFacts::getLicense));
        merged.setParents(firstList(said, ModelFacts::getParents));
        merged.setDatasets(firstList(said, ModelFacts::getDatasets));
        return merged;
    }

    public static SortedMap<String, Object> fields(@Nullable ModelFacts facts) {
        return facts == null ? new TreeMap<>() : Canonical.fields(facts);
    }

    public static SortedMap<String, Object> fields(@Nullable DeploymentFacts facts) {
        return facts == null ? new TreeMap<>() : Canonical.fields(facts);
    }

    /** Returns the ids of the models that a deployment runs, each once. */
    public static List<String> models(@Nullable DeploymentFacts facts) {
        return facts == null
                ? List.of()
                : facts.getModels().stream()
                        .map(DeployedModel::getId)
                        .distinct()
                        .toList();
    }

    private static <T> List<T> said(@Nullable SubjectFacts facts, Function<SourceClaim, @Nullable T> part) {
        List<T> said = new ArrayList<>();
        if (facts != null) {
            for (SourceClaim claim : facts.getClaims()) {
                T one = part.apply(claim);
                if (one != null) {
                    said.add(one);
                }
            }
        }
        return said;
    }

    private static <T> @Nullable String first(List<T> said, Function<T, @Nullable String> field) {
        for (T one : said) {
            String value = field.apply(one);
            if (value != null) {
                return value;
            }
        }
        return null;
    }

    private static <T, E> List<E> firstList(List<T> said, Function<T, List<E>> field) {
        for (T one : said) {
            List<E> value = field.apply(one);
            if (!value.isEmpty()) {
                return value;
            }
        }
        return List.of();
    }
}
