package io.modelwatch.producers.ticket;

import com.dashjoin.jsonata.JException;
import com.dashjoin.jsonata.Jsonata;
import org.jspecify.annotations.Nullable;

/** JSONata within bounds. */
final class Expressions {

    /** Bounds of one expression: milliseconds and depth. */
    private static final long MAX_MILLIS = 1000;

    private static final int MAX_DEPTH = 50;

    private Expressions() {}

    /** An expression fails on a ticket. */
    static final class FailedException extends Exception {
        private static final long serialVersionUID = 1L;

        FailedException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * Returns what can be evaluated.
     *
     * @throws IllegalArgumentException if it is no JSONata
     */
    static Jsonata compile(String name, String text) {
        try {
            return Jsonata.jsonata(text);
        } catch (JException e) {
            throw new IllegalArgumentException("'" + name + "' is no JSONata expression: " + e.getMessage(), e);
        }
    }

    /** @param over maps, lists and scalars */
    static @Nullable Object evaluate(String name, Jsonata expression, @Nullable Object over) throws FailedException {
        try {
            Jsonata.Frame frame = expression.createFrame();
            frame.setRuntimeBounds(MAX_MILLIS, MAX_DEPTH);
            return expression.evaluate(over, frame);
        } catch (RuntimeException e) {
            // Its message may quote the ticket.
            throw new FailedException("the mapping's expression for '" + name + "' fails on it", e);
        }
    }
}
