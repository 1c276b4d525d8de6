package io.modelwatch.producers.publish;

import org.jspecify.annotations.Nullable;

/** Nothing of what was given has been published. */
public sealed class PublishException extends RuntimeException permits LostException {

    private static final long serialVersionUID = 1L;

    /** @param message what could not be published and why */
    public PublishException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
