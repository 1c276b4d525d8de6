package io.modelwatch.bench;

/** What was measured did wrong, or did not come to its end: there is no figure. */
final class BenchException extends RuntimeException {
    private static final long serialVersionUID = 1;

    BenchException(String message) {
        super(message);
    }
}
