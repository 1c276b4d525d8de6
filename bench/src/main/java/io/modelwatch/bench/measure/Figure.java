package io.modelwatch.bench.measure;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One result.
 *
 * @param name what was measured
 * @param value how much
 * @param unit of the value; "" for a ratio
 * @param goal what it should be, or null where there is no goal
 */
public record Figure(
        String name, double value, String unit, @Nullable Goal goal) {

    /**
     * A limit that the value should keep.
     *
     * @param least true where the value should be at least the limit, false where at most
     */
    public record Goal(boolean least, double limit) {
        boolean met(double value) {
            return least ? value >= limit : value <= limit;
        }
    }

    /** Returns a figure without a goal. */
    public static Figure of(String name, double value, String unit) {
        return new Figure(name, value, unit, null);
    }

    /** Returns it with a goal that it must reach. */
    public Figure atLeast(double limit) {
        return new Figure(name, value, unit, new Goal(true, limit));
    }

    /** Returns it with a goal that it must not exceed. */
    public Figure atMost(double limit) {
        return new Figure(name, value, unit, new Goal(false, limit));
    }

    /** Returns the value with its unit. */
    public String text() {
        return with(value);
    }

    /** Returns the goal and whether it is met, or "". */
    public String verdict() {
        return goal == null
                ? ""
                : "goal " + (goal.least() ? "≥ " : "≤ ") + with(goal.limit())
                        + (goal.met(value) ? ": met" : ": missed");
    }

    private String with(double number) {
        String text = number >= 100 ? "%,.0f" : number >= 10 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, text, number) + (unit.isEmpty() ? "" : " " + unit);
    }
}
