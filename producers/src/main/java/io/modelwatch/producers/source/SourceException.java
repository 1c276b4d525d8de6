package io.modelwatch.producers.source;

/** A source could not be read (to its end). The message is for people and holds no secret. */
public final class SourceException extends Exception {

    private static final long serialVersionUID = 1L;

    /** @param message what, where and why */
    public SourceException(String message) {
        super(message);
    }

    /** @param message what, where and why */
    public SourceException(String message, Throwable cause) {
        super(message, cause);
    }
}
