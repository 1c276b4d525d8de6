package io.modelwatch.app.cli;

/** A failure whose message is meant for the person at the terminal: what, where, what to do. */
public class CliException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public CliException(String message) {
        super(Text.plain(message));
    }
}
