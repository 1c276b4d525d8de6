package io.modelwatch.history.reconcile;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came out of one comparison.
 *
 * @param step what was held against what, such as {@code changes -> rows}
 * @param counted how many were looked for
 * @param lost how many of them are not where they must be
 * @param duplicated how many are there more than once, or without what they must come from
 * @param differing how many are there and say something else
 * @param examples of what is wrong, a few
 * @param remark what limits the comparison, or null
 */
public record Account(
        String step,
        long counted,
        long lost,
        long duplicated,
        long differing,
        List<String> examples,
        @Nullable String remark) {

    /** Copies the examples. */
    public Account {
        examples = List.copyOf(examples);
    }

    /** Returns whether nothing is wrong. */
    public boolean isBalanced() {
        return lost == 0 && duplicated == 0 && differing == 0;
    }
}
