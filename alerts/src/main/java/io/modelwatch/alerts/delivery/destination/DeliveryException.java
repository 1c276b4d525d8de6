package io.modelwatch.alerts.delivery.destination;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** An endpoint did not accept a message. The message of this exception says why, in words, and holds no secret. */
public final class DeliveryException extends Exception {

    private static final long serialVersionUID = 1L;

    private final boolean passing;
    private final transient @Nullable Duration retryAfter;

    private DeliveryException(String what, boolean passing, @Nullable Duration retryAfter, @Nullable Throwable cause) {
        super(what, cause);
        this.passing = passing;
        this.retryAfter = retryAfter;
    }

    /** Returns a failure that may pass: the same message is tried again. */
    public static DeliveryException passing(String what) {
        return new DeliveryException(what, true, null, null);
    }

    /**
     * Returns a failure that may pass.
     *
     * @param retryAfter how long the endpoint asks to wait, or null where it does not say
     */
    public static DeliveryException passing(String what, @Nullable Duration retryAfter) {
        return new DeliveryException(what, true, retryAfter, null);
    }

    /** Returns a definite refusal: the same message would be refused again. */
    public static DeliveryException refused(String what) {
        return new DeliveryException(what, false, null, null);
    }

    /** Returns whether trying again may help. */
    public boolean isPassing() {
        return passing;
    }

    /** Returns how long the endpoint asks to wait, or null where it does not say. */
    public @Nullable Duration retryAfter() {
        return retryAfter;
    }
}
