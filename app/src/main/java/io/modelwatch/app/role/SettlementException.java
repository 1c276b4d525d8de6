package io.modelwatch.app.role;

import org.jspecify.annotations.Nullable;

/** What was published has not been seen to pass through; it is not lost. The message says what is behind. */
public final class SettlementException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    SettlementException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
