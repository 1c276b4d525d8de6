package io.modelwatch.app.role;

import java.util.function.Predicate;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.streams.KafkaStreams;

/** Sums over the many numbers that Kafka Streams keeps by partition, task and store. */
final class KafkaNumbers {

    private static final String STATE = "stream-state-metrics";

    private final KafkaStreams streams;

    KafkaNumbers(KafkaStreams streams) {
        this.streams = streams;
    }

    /** Returns how many records the partitions that are read here have beyond what was read. */
    double lag() {
        // The restore consumer's lag is that of a restore.
        return sum(name -> name.name().equals("records-lag")
                && name.group().equals("consumer-fetch-manager-metrics")
                && !name.tags().getOrDefault("client-id", "").endsWith("-restore-consumer"));
    }

    /** Returns the size of the stores' files. */
    double stateBytes() {
        return sum(name ->
                name.name().equals("total-sst-files-size") && name.group().equals(STATE));
    }

    /** Returns about how many keys the stores have. */
    double stateKeys() {
        return sum(
                name -> name.name().equals("estimate-num-keys") && name.group().equals(STATE));
    }

    private double sum(Predicate<MetricName> which) {
        double sum = 0;
        for (var metric : streams.metrics().values()) {
            if (which.test(metric.metricName())
                    && metric.metricValue() instanceof Number number
                    && Double.isFinite(number.doubleValue())) {
                sum += number.doubleValue();
            }
        }
        return sum;
    }
}
