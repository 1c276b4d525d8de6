package io.modelwatch.streams.inference;

import io.modelwatch.schemas.avro.NamedModel;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a model's name stands to that of a candidate for its parent, whose words it holds in a row: what the score is made
 * of. A pure function.
 */
final class Likeness {

    /** What is weighed, in the order of the weights. */
    enum Feature {
        ALWAYS,
        /** The name begins with the candidate's. */
        BEGINS,
        /** The name ends with the candidate's. */
        ENDS,
        /** Share of the name that is the candidate's. */
        SHARE,
        /** Words of the candidate's name, 6 at most, a sixth each. */
        WORDS,
        /** The candidate's name has a size. */
        SIZED,
        /** Only the rest of the name has a size: a sibling of another size rather than a child. */
        SIZE_BESIDE,
        /** A version stands right behind the candidate's words: a successor rather than a child. */
        VERSION_BEHIND,
        /** The candidate's owner stands right before its words. */
        OWNER_NAMED,
        /** It stands elsewhere in the rest of the name. */
        OWNER_BESIDE,
        SAME_OWNER,
        /** Power of two of the models that declare the candidate as their parent, an eighth each. */
        NAMED,
        /** Nobody declares it. */
        NEVER_NAMED,
        /** It is named so much more, or less, than the next under its name, in powers of two, a quarter each. */
        LEAD,
        /** Nobody else bears that name. */
        ALONE,
        /** The candidate has a format of its own. */
        FORMATTED,
        /** The candidate's formats are not all the model's. */
        OTHER_FORMAT,
        QUANTIZED,
        ADAPTER,
        MERGE,
        /** Someone bears a longer part of the name. */
        LONGER_KNOWN
    }

    private final boolean same;
    private final Map<Feature, Double> features = new EnumMap<>(Feature.class);

    private Likeness(boolean same) {
        this.same = same;
    }

    /**
     * Returns the features, or null where the candidate cannot be the parent by its name.
     *
     * @param rivals all that bear the candidate's name, itself among them
     * @param longest words of the longest part of the name that somebody bears
     */
    static @Nullable Likeness of(Name model, String id, NamedModel candidate, List<NamedModel> rivals, int longest) {
        Name other = Name.of(candidate.getId());
        int at = model.find(other);
        if (at < 0 || candidate.getId().equals(id) || !derives(model, other)) {
            return null;
        }
        Likeness likeness = new Likeness(same(model, other));
        likeness.weigh(model, id, candidate, other, at, rivals, longest);
        return likeness;
    }

    private void weigh(
            Name model, String id, NamedModel candidate, Name other, int at, List<NamedModel> rivals, int longest) {
        int words = other.core().size();
        int all = model.core().size();
        List<String> before = model.core().subList(0, at);
        List<String> behind = model.core().subList(at + words, all);
        List<String> owner = Name.of(other.owner()).core();
        boolean ownerNamed = ends(before, owner);
        boolean sized = other.sized();
        set(Feature.ALWAYS, 1);
        set(Feature.BEGINS, !same && at == 0);
        set(Feature.ENDS, !same && at + words == all);
        set(Feature.SHARE, (double) words / all);
        set(Feature.WORDS, Math.min(words, 6) / 6.0);
        set(Feature.SIZED, sized);
        set(
                Feature.SIZE_BESIDE,
                !sized
                        && (before.stream().anyMatch(Name::isSize)
                                || behind.stream().anyMatch(Name::isSize)));
        set(Feature.VERSION_BEHIND, !behind.isEmpty() && Name.isVersion(behind.getFirst()));
        set(Feature.OWNER_NAMED, ownerNamed);
        set(Feature.OWNER_BESIDE, !ownerNamed && (holds(before, owner) || holds(behind, owner)));
        set(Feature.SAME_OWNER, model.owner().equals(other.owner()));
        set(Feature.NAMED, Math.min(candidate.getNamed(), 12) / 8.0);
        set(Feature.NEVER_NAMED, candidate.getNamed() == 0);
        int next = -1;
        for (NamedModel rival : rivals) {
            if (!rival.getId().equals(candidate.getId()) && !rival.getId().equals(id)) {
                next = Math.max(next, rival.getNamed());
            }
        }
        set(Feature.ALONE, next < 0);
        set(Feature.LEAD, next < 0 ? 0 : Math.clamp(candidate.getNamed() - next, -4, 4) / 4.0);
        set(Feature.FORMATTED, !other.formats().isEmpty());
        set(Feature.OTHER_FORMAT, !model.formats().containsAll(other.formats()));
        set(Feature.QUANTIZED, !model.formats().isEmpty());
        set(Feature.ADAPTER, model.adapter());
        set(Feature.MERGE, model.merge());
        set(Feature.LONGER_KNOWN, words < longest);
    }

    /** Only what says more derives from what says less: so two models never point to each other. */
    private static boolean derives(Name model, Name other) {
        return model.core().size() > other.core().size() || marks(model) > marks(other);
    }

    private static int marks(Name name) {
        return name.formats().size() + (name.adapter() ? 1 : 0) + (name.merge() ? 1 : 0);
    }

    /** Returns whether all words are the candidate's: only the format, or the mark of an adapter or a merge, differs. */
    boolean same() {
        return same;
    }

    /** Returns how much of a feature there is. */
    double of(Feature feature) {
        return features.getOrDefault(feature, 0.0);
    }

    private static boolean same(Name model, Name other) {
        return model.core().size() == other.core().size();
    }

    private static boolean ends(List<String> words, List<String> run) {
        return !run.isEmpty()
                && run.size() <= words.size()
                && words.subList(words.size() - run.size(), words.size()).equals(run);
    }

    private static boolean holds(List<String> words, List<String> run) {
        return !run.isEmpty() && Collections.indexOfSubList(words, run) >= 0;
    }

    private void set(Feature feature, boolean holds) {
        set(feature, holds ? 1 : 0);
    }

    private void set(Feature feature, double value) {
        features.put(feature, value);
    }
}
