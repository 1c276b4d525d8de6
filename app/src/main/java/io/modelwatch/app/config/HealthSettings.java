package io.modelwatch.app.config;

import org.jspecify.annotations.Nullable;

/**
 * Where an instance says how it is, whatever its roles.
 *
 * @param host address on which it listens
 * @param port port on which it listens, 0 for any free one, or null where none was named
 */
public record HealthSettings(String host, @Nullable Integer port) {

    /** Returns the same on a port of its own: any free one where none was named. */
    public HealthSettings somewhere() {
        return port == null ? new HealthSettings(host, 0) : this;
    }

    static HealthSettings of(Values values) {
        return new HealthSettings(
                values.required(Setting.HEALTH_HOST),
                values.find(Setting.HEALTH_PORT) == null ? null : values.number(Setting.HEALTH_PORT, 0, 65_535));
    }
}
