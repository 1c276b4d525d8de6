package io.modelwatch.schemas;

import org.jspecify.annotations.Nullable;

/** The schema registry refused a request or could not be reached. */
public final class RegistryException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final boolean refused;

    /**
     * @param refused true if the registry answered and said no: trying again does not help
     */
    public RegistryException(String message, boolean refused, @Nullable Throwable cause) {
        super(message, cause);
        this.refused = refused;
    }

    /** Returns true if the registry answered and said no, false if it could not be reached. */
    public boolean refused() {
        return refused;
    }
}
