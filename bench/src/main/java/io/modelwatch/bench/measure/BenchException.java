package io.modelwatch.bench.measure;

/** What was measured did wrong, or did not come to its end: there is no figure. */
public final class BenchException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** @param message what is wrong, for who runs the benchmark */
    public BenchException(String message) {
        super(message);
    }
}
