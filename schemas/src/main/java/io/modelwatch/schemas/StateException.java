package io.modelwatch.schemas;

import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * What a topology keeps cannot be gone on with: another version wrote it, or the registry does not know its schemas. No
 * record is at fault, and trying again does not help.
 */
public final class StateException extends KafkaException {

    private static final long serialVersionUID = 1L;

    /** @param message which state, and why */
    public StateException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
