package io.modelwatch.app.config;

/** A setting is wrong; the message says which, where it was given and what is legal. */
public final class ConfigException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param message which setting, where it was given, what is legal */
    public ConfigException(String message) {
        super(message);
    }

    /** @param message which setting, where it was given, what is legal */
    public ConfigException(String message, Throwable cause) {
        super(message, cause);
    }
}
