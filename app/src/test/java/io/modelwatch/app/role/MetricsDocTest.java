package io.modelwatch.app.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Holds the page of metrics, the dashboards and the alert rules against {@link Metric}; with {@code -Dupdate.docs=true}
 * it writes the page instead. {@code OwnObservationsIT} holds the list against what a running instance gives.
 */
class MetricsDocTest {

    private static final Path PAGE = Path.of("../docs/metrics.md");
    private static final Path DASHBOARDS = Path.of("../docker/grafana/dashboards");
    private static final Path RULES = Path.of("../docker/prometheus/rules.yaml");
    private static final Pattern NAME = Pattern.compile("\\b(modelwatch|kafka|jvm|process|system)_[a-z0-9_]+");

    @Test
    void thePageIsWhatTheListSays() throws IOException {
        String page = page();
        if (Boolean.getBoolean("update.docs")) {
            Files.writeString(PAGE, page);
        }
        assertThat(Files.readString(PAGE))
                .as("mvn -pl app -am test -Dtest=MetricsDocTest -Dupdate.docs=true writes it anew")
                .isEqualTo(page);
    }

    @Test
    void dashboardsAndRulesUseMetricsThatThereAre() throws IOException {
        Set<String> series = new TreeSet<>();
        for (Metric metric : Metric.values()) {
            if (metric.type() == Meter.Type.TIMER) {
                Stream.of("_count", "_sum", "_max").forEach(part -> series.add(metric.prometheus() + part));
            } else {
                series.add(metric.prometheus());
            }
        }
        series.add(Metric.ALERT_LATENCY.prometheus() + "_bucket");
        Set<String> used = new TreeSet<>(names(Files.readString(RULES)));
        try (Stream<Path> files = Files.list(DASHBOARDS)) {
            for (Path file : files.toList()) {
                used.addAll(names(Files.readString(file)));
            }
        }
        assertThat(used).isNotEmpty().isSubsetOf(series);
    }

    private static Set<String> names(String text) {
        Set<String> names = new TreeSet<>();
        Matcher matcher = NAME.matcher(text);
        while (matcher.find()) {
            names.add(matcher.group());
        }
        return names;
    }

    private static String page() {
        StringBuilder page = new StringBuilder("""
                # Metrics

                Every instance gives its metrics in the format of Prometheus at `/metrics` of `health.host`:`health.port` (`up` only where `health.port` is set), and of the
                HTTP API where it has one (a token of the role `read` is needed there, if there are any). Nothing but what is listed here is given; a test holds this list against a running instance, and
                the [dashboards](../docker/grafana/dashboards) and [alert rules](../docker/prometheus/rules.yaml) against this list. A timer has `_count` and `_sum`, and `_max` over the last minutes;
                `modelwatch_alert_latency_seconds` has `_bucket`s too.

                | metric | unit | labels | given by | meaning |
                |---|---|---|---|---|
                """);
        for (Metric metric : Metric.values()) {
            page.append("| `")
                    .append(metric.prometheus())
                    .append("` | ")
                    .append(metric.unit() == null ? "" : metric.unit())
                    .append(" | ")
                    .append(metric.labels())
                    .append(" | ")
                    .append(metric.where().words())
                    .append(" | ")
                    .append(metric.meaning())
                    .append(" |\n");
        }
        return page.toString();
    }
}
