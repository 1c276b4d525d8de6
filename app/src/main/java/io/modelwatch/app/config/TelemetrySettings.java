package io.modelwatch.app.config;

import io.modelwatch.producers.alias.Aliases;
import io.modelwatch.producers.telemetry.TelemetryConfig;
import io.modelwatch.streams.telemetry.TelemetryWindow;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How spans are taken in.
 *
 * @param reading what is read from them
 * @param window how long and how much is remembered of them
 * @param blindAfter how long no export may come before that is blindness, or null for ever
 */
public record TelemetrySettings(
        TelemetryConfig reading,
        TelemetryWindow window,
        @Nullable Duration blindAfter) {

    private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9._-]{1,249}");

    /** Returns what the settings say, or null where spans are not taken in. */
    static @Nullable TelemetrySettings of(Values values, Function<String, List<String>> names) {
        if (!values.read(Setting.TELEMETRY_ENABLED, "true or false", Config::flag)) {
            return null;
        }
        boolean json = values.read(Setting.TELEMETRY_ENCODING, "otlp_proto or otlp_json", text -> switch (text) {
            case "otlp_proto" -> false;
            case "otlp_json" -> true;
            default -> throw new IllegalArgumentException();
        });
        TelemetryConfig.Collector collector = values.find(Setting.TELEMETRY_TOPIC) == null
                ? null
                : new TelemetryConfig.Collector(
                        values.read(Setting.TELEMETRY_TOPIC, "the name of a topic", TelemetrySettings::topic), json);
        Aliases aliases = values.find(Setting.TELEMETRY_ALIASES) == null
                ? Aliases.shipped()
                : values.read(Setting.TELEMETRY_ALIASES, "", file -> Aliases.shippedAnd(Path.of(file)));
        List<String> deployment = values.read(Setting.TELEMETRY_DEPLOYMENT, "the name of an attribute", text -> {
            List<String> attributes = names.apply(text);
            if (attributes.isEmpty()) {
                throw new IllegalArgumentException();
            }
            return attributes;
        });
        TelemetryConfig reading = new TelemetryConfig(
                deployment,
                values.read(Setting.TELEMETRY_REGION, "", names),
                values.read(Setting.TELEMETRY_FALLBACK, "", names),
                values.read(Setting.TELEMETRY_DEPLOYMENTS, "", names),
                aliases,
                collector);
        int routes = values.number(Setting.TELEMETRY_ROUTES, 1, 1000);
        return new TelemetrySettings(
                reading,
                values.read(
                        Setting.TELEMETRY_WINDOW, "", length -> new TelemetryWindow(Durations.parse(length), routes)),
                values.find(Setting.TELEMETRY_BLIND_AFTER) == null
                        ? null
                        : values.read(Setting.TELEMETRY_BLIND_AFTER, "at least 1s", TelemetrySettings::limit));
    }

    private static Duration limit(String text) {
        Duration limit = Durations.parse(text);
        if (limit.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException();
        }
        return limit;
    }

    private static String topic(String name) {
        if (!TOPIC.matcher(name).matches()) {
            throw new IllegalArgumentException();
        }
        return name;
    }
}
