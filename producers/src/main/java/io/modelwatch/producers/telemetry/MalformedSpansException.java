package io.modelwatch.producers.telemetry;

/** A body that is no export of traces. The message says nothing of what is in it. */
public final class MalformedSpansException extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param message what is wrong with it */
    public MalformedSpansException(String message) {
        super(message);
    }
}
