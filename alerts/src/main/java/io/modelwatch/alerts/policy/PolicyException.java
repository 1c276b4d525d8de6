package io.modelwatch.alerts.policy;

/** A policy file is wrong; the message has one line a mistake: file, line, column, what is wrong and what to do. */
public final class PolicyException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    PolicyException(String message) {
        super(message);
    }
}
