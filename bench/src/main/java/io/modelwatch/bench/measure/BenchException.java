package io.modelwatch.bench.measure;

import org.jspecify.annotations.Nullable;

/** What was measured did wrong, or did not come to its end. */
public final class BenchException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient @Nullable Report report;

    /**
     * There is no figure.
     *
     * @param message what is wrong, for who runs the benchmark
     */
    public BenchException(String message) {
        this(message, null);
    }

    /**
     * There are figures, which show what is wrong.
     *
     * @param report printed before the message; or null
     */
    public BenchException(String message, @Nullable Report report) {
        super(message);
        this.report = report;
    }

    /** Returns the figures, if there are any. */
    @Nullable
    Report report() {
        return report;
    }
}
