package io.modelwatch.app.export;

/** An export that cannot go on; its message says what, where and what to do. */
public final class ExportException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ExportException(String message) {
        super(message);
    }
}
