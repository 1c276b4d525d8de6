package io.modelwatch.app.cli;

import java.io.PrintWriter;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Shows the path of one observation through the pipeline. */
@Command(
        name = "trace",
        mixinStandardHelpOptions = true,
        description = {
            "Shows the path of one observation through the pipeline, with times.",
            "Where traces are on (traces.endpoint), the first lines name the traces that it is in: its own, and that of what"
                    + " closed its alert, for example."
        },
        footer = {"", "Examples:", "  modelwatch trace 3f2a9c…   (the correlationId of a change or an alert)"})
final class TraceCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ApiOptions api = new ApiOptions();

    @Parameters(paramLabel = "CORRELATION-ID", description = "the correlationId of a change or an alert")
    private String id = "";

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        JsonNode trace = api.client().get("/v1/trace/" + ApiClient.encode(id), Map.of());
        JsonNode steps = trace.path("items").isArray() ? trace.path("items") : trace.path("steps");
        if (steps.isEmpty()) {
            throw new CliException("nothing is known of correlation id " + id);
        }
        for (JsonNode traceId : trace.path("traceIds")) {
            out.println("trace " + Text.plain(traceId.asString()));
        }
        Instant before = null;
        for (JsonNode step : steps) {
            Instant at = moment(Text.at(step, "at"));
            String delta = before == null || at == null
                    ? ""
                    : "+" + Duration.between(before, at).toMillis() + " ms";
            out.println((before == null ? "" : "  │ " + delta + "\n") + "  ● "
                    + Text.plain("%-10s %s  %s"
                            .formatted(Text.at(step, "stage"), Text.at(step, "at"), rest(step))
                            .stripTrailing()));
            before = at == null ? before : at;
        }
        if (out.checkError()) {
            throw new Output.ReaderGone();
        }
        return 0;
    }

    private static String rest(JsonNode step) {
        StringBuilder rest = new StringBuilder();
        step.properties().forEach(field -> {
            if (!field.getKey().equals("stage") && !field.getKey().equals("at")) {
                rest.append(field.getKey())
                        .append('=')
                        .append(Text.value(field.getValue()))
                        .append(' ');
            }
        });
        return rest.toString();
    }

    private static @Nullable Instant moment(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            return null;
        }
    }
}
