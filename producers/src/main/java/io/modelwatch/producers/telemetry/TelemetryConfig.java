package io.modelwatch.producers.telemetry;

import io.modelwatch.producers.alias.Aliases;
import io.modelwatch.schemas.Glob;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is read from spans.
 *
 * @param deploymentAttributes attributes of a span or its resource that name the deployment, the first that is there
 * @param regionAttributes attributes that name the region where the model answered
 * @param fallbackAttributes attributes that say, by true or a number above 0, that another route had failed before
 * @param deployments globs over names: spans of other deployments are passed over
 * @param aliases which model a name stands for
 * @param collector a topic of a collector to read, or null
 */
public record TelemetryConfig(
        List<String> deploymentAttributes,
        List<String> regionAttributes,
        List<String> fallbackAttributes,
        List<String> deployments,
        Aliases aliases,
        @Nullable Collector collector) {

    /**
     * Where a collector's Kafka exporter writes.
     *
     * @param topic its name
     * @param json whether it is encoded as {@code otlp_json}; {@code otlp_proto} else
     */
    public record Collector(String topic, boolean json) {}

    /** Copies the lists. */
    public TelemetryConfig {
        deploymentAttributes = List.copyOf(deploymentAttributes);
        regionAttributes = List.copyOf(regionAttributes);
        fallbackAttributes = List.copyOf(fallbackAttributes);
        deployments = List.copyOf(deployments);
        if (deploymentAttributes.isEmpty()) {
            throw new IllegalArgumentException("some attribute must name the deployment, for example service.name");
        }
    }

    /** Returns whether spans of a deployment are taken. */
    boolean takes(String deployment) {
        return deployments.isEmpty() || deployments.stream().anyMatch(glob -> Glob.matches(glob, deployment));
    }
}
