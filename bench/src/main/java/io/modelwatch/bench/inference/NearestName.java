package io.modelwatch.bench.inference;

import io.modelwatch.bench.inference.RecordedLineage.Model;
import io.modelwatch.streams.inference.Name;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The baselines: what bears the nearest name is the parent; where several do, the one that most models declare. A model's
 * own declaration does not count.
 */
final class NearestName {

    /** Shortest beginning in common (characters) that counts. */
    private static final int LEAST = 4;

    private static final Comparator<Model> MOST_DECLARED =
            Comparator.comparing(Model::declared).thenComparing(Model::id, Comparator.reverseOrder());

    private final NavigableMap<String, List<Model>> byName;

    NearestName(NavigableMap<String, List<Model>> byName) {
        this.byName = byName;
    }

    /**
     * Returns the model whose normalised name has the longest beginning in common, or null.
     *
     * @param hidden the parents that the model declares
     */
    @Nullable
    String longestBeginning(String model, Set<String> hidden) {
        String name = Name.of(model).key();
        if (name == null || name.length() < LEAST) {
            return null;
        }
        int common = Math.max(
                bears(name, model) ? name.length() : 0,
                Math.max(common(name, model, byName::lowerKey), common(name, model, byName::higherKey)));
        if (common < LEAST) {
            return null;
        }
        String beginning = name.substring(0, common);
        return best(
                byName.subMap(beginning, true, beginning + Character.MAX_VALUE, false)
                        .values(),
                model,
                hidden);
    }

    /** Returns the model whose whole normalised name, the longest there is, the model's begins with, or null. */
    @Nullable
    String wholeBeginning(String model, Set<String> hidden) {
        String name = Name.of(model).key();
        while (name != null) {
            if (bears(name, model)) {
                return best(List.of(byName.getOrDefault(name, List.of())), model, hidden);
            }
            int cut = name.lastIndexOf('-');
            name = cut < 0 ? null : name.substring(0, cut);
        }
        return null;
    }

    /** Characters in common with the nearest name on one side that another model bears. */
    private int common(String name, String model, UnaryOperator<@Nullable String> next) {
        String other = next.apply(name);
        while (other != null && !bears(other, model)) {
            other = next.apply(other);
        }
        int common = 0;
        while (other != null
                && common < Math.min(name.length(), other.length())
                && name.charAt(common) == other.charAt(common)) {
            common++;
        }
        return common;
    }

    private boolean bears(String name, String model) {
        return byName.getOrDefault(name, List.of()).stream()
                .anyMatch(one -> !one.id().equals(model));
    }

    private static @Nullable String best(Collection<List<Model>> all, String model, Set<String> hidden) {
        return all.stream()
                .flatMap(List::stream)
                .filter(one -> !one.id().equals(model))
                .map(one -> hidden.contains(one.id()) ? new Model(one.id(), one.declared() - 1, one.family()) : one)
                .max(MOST_DECLARED)
                .map(Model::id)
                .orElse(null);
    }
}
