package io.modelwatch.producers.publish;

/** Nothing of what was given has been published. */
public final class PublishException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param message what could not be published and why */
    public PublishException(String message, Throwable cause) {
        super(message, cause);
    }
}
