package io.modelwatch.schemas;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * One topic as it is declared: what it holds and how the broker keeps it.
 *
 * @param entity the middle of the name, for example {@code mboms} in {@code modelwatch.mboms.v1}
 * @param key what the key (a UTF-8 string) stands for
 * @param valueType Avro class of the value, or null where the value is not registry-framed Avro
 * @param partitions number of partitions; fixed, since keyed state depends on it
 * @param cleanup how old records leave
 * @param retention how long deleted topics keep records; null keeps them for ever
 * @param compactionLag no record younger than this is compacted away; null for the broker's default
 */
public record Topic<V extends SpecificRecord>(
        String entity,
        String key,
        @Nullable Class<V> valueType,
        int partitions,
        Cleanup cleanup,
        @Nullable Duration retention,
        @Nullable Duration compactionLag) {

    /** How old records leave a topic, as Kafka's {@code cleanup.policy} spells it. */
    public enum Cleanup {
        DELETE("delete"),
        COMPACT("compact"),
        COMPACT_DELETE("compact,delete");

        private final String policy;

        Cleanup(String policy) {
            this.policy = policy;
        }

        /** Returns the value of {@code cleanup.policy}. */
        public String policy() {
            return policy;
        }
    }

    /** Returns the topic-level settings that the declaration implies, in Kafka's spelling. */
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("cleanup.policy", cleanup.policy());
        if (cleanup != Cleanup.COMPACT) {
            settings.put("retention.ms", retention == null ? "-1" : Long.toString(retention.toMillis()));
        }
        if (compactionLag != null) {
            settings.put("min.compaction.lag.ms", Long.toString(compactionLag.toMillis()));
        }
        return settings;
    }
}
