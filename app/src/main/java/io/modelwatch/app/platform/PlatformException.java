package io.modelwatch.app.platform;

import org.jspecify.annotations.Nullable;

/** The platform cannot start or does not fit; the message says what, where and what to do. */
public final class PlatformException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param message what is wrong, where, and what to do */
    public PlatformException(String message) {
        this(message, null);
    }

    /** @param message what is wrong, where, and what to do */
    public PlatformException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
