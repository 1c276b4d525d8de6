package io.modelwatch.app.status;

import io.modelwatch.app.status.Line.Kind;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Asks instances how they are: what they restore is known to nobody else. */
final class HealthProbe {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /** As {@code Metric.TOPOLOGY_RESTORE} is written for Prometheus. */
    private static final Pattern RESTORE = Pattern.compile(
            "^modelwatch_topology_restore_records\\{[^}]*topology=\"([^\"]+)\"[^}]*\\} (\\S+)$", Pattern.MULTILINE);

    /** States that pass by themselves. */
    private static final Set<String> PASSING = Set.of("starting", "restoring", "stopping");

    private static final JsonMapper JSON = JsonMapper.shared();

    /**
     * What an instance says.
     *
     * @param line how it is
     * @param restoring records that it has still to restore, by topology; those that restore nothing are not there
     */
    record Answer(Line line, Map<String, Long> restoring) {}

    private HealthProbe() {}

    /** Asks some instances at their health listeners or APIs, one after the other. */
    static List<Answer> ask(List<String> addresses) throws InterruptedException {
        List<Answer> answers = new ArrayList<>();
        try (HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(PATIENCE)
                .build()) {
            for (String address : addresses) {
                answers.add(ask(http, address));
            }
        }
        return answers;
    }

    private static Answer ask(HttpClient http, String address) throws InterruptedException {
        try {
            HttpResponse<String> ready = get(http, address, "/health/ready");
            HttpResponse<String> metrics = get(http, address, "/metrics");
            return answer(
                    address, ready.statusCode(), ready.body(), metrics.statusCode() == 200 ? metrics.body() : null);
        } catch (IOException e) {
            String why = e.getMessage() == null ? "no connection" : e.getMessage();
            return new Answer(
                    Line.wrong(Kind.HEALTH, address, "unreachable")
                            .detail(why + "; is it running, and is health.port right?"),
                    Map.of());
        }
    }

    private static HttpResponse<String> get(HttpClient http, String address, String path)
            throws IOException, InterruptedException {
        URI uri = URI.create(address.replaceAll("/+$", "") + path);
        return http.send(HttpRequest.newBuilder(uri).timeout(PATIENCE).build(), BodyHandlers.ofString());
    }

    /**
     * Reads what an instance says.
     *
     * @param status of the answer of {@code /health/ready}
     * @param said its body
     * @param metrics what {@code /metrics} gives, or null where that is not for us
     */
    static Answer answer(String address, int status, String said, @Nullable String metrics) {
        Map<String, Long> restoring = restoring(metrics == null ? "" : metrics);
        if (status == 200) {
            return new Answer(Line.fine(Kind.HEALTH, address, "ready"), restoring);
        }
        if (status != 503) {
            return new Answer(
                    Line.wrong(Kind.HEALTH, address, "unknown")
                            .detail("it answered HTTP " + status + ": is that the address of a modelwatch?"),
                    Map.of());
        }
        String state = "";
        String detail = "";
        try {
            JsonNode problem = JSON.readTree(said);
            state = problem.path("state").asString("");
            detail = problem.path("detail").asString("");
        } catch (JacksonException e) {
            detail = "it answered HTTP 503 with something that is no JSON";
        }
        if (state.isEmpty()) {
            // The API has no word for it.
            state = restoring.isEmpty() ? "troubled" : "restoring";
        }
        Line line = PASSING.contains(state)
                ? Line.fine(Kind.HEALTH, address, state)
                : Line.wrong(Kind.HEALTH, address, state);
        if (!restoring.isEmpty()) {
            line.with("restoring", restoring);
        }
        return new Answer(line.detail(detail), restoring);
    }

    private static Map<String, Long> restoring(String metrics) {
        Map<String, Long> restoring = new TreeMap<>();
        Matcher lines = RESTORE.matcher(metrics);
        while (lines.find()) {
            long left = (long) Double.parseDouble(lines.group(2));
            if (left > 0) {
                restoring.merge(lines.group(1), left, Long::sum);
            }
        }
        return restoring;
    }
}
