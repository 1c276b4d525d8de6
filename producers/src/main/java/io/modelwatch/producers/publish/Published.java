package io.modelwatch.producers.publish;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * A committed transaction.
 *
 * @param lastOffsets the last offset that was written to each partition
 */
public record Published(Map<TopicPartition, Long> lastOffsets) {

    /** Nothing was written. */
    public static final Published NOTHING = new Published(Map.of());

    /** Copies the map. */
    public Published {
        lastOffsets = Map.copyOf(lastOffsets);
    }

    /** Returns both together. */
    public Published and(Published other) {
        Map<TopicPartition, Long> all = new HashMap<>(lastOffsets);
        other.lastOffsets.forEach((partition, offset) -> all.merge(partition, offset, Math::max));
        return new Published(all);
    }
}
