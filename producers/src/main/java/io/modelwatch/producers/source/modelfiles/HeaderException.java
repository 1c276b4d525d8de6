package io.modelwatch.producers.source.modelfiles;

/** A file is not what its name says, or is broken. The message quotes nothing of it. */
final class HeaderException extends Exception {

    private static final long serialVersionUID = 1L;

    HeaderException(String message) {
        super(message);
    }
}
