package io.modelwatch.app.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** A command that shows a list of the API, page after page. */
abstract class ListCommand implements Callable<Integer> {
    private static final int PAGE = 500;
    private static final int TABLE_LIMIT = 1000;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    CommandSpec spec;

    @Mixin
    ApiOptions api = new ApiOptions();

    @Option(
            names = "--format",
            defaultValue = "table",
            description = "table, json, jsonl (one item of the API a line) or csv (RFC 4180; a cell that a spreadsheet"
                    + " would take for a formula begins with an apostrophe)")
    Output.Format format = Output.Format.table;

    @Override
    public abstract Integer call();

    /** Returns whether the list has a form as OCSF findings. */
    boolean hasFindings() {
        return false;
    }

    /** @throws ParameterException if the format asked for is none of this list */
    final void requireListFormat() {
        if (format == Output.Format.ocsf && !hasFindings()) {
            throw new ParameterException(
                    spec.commandLine(), "--format: ocsf is a form of alerts; here table, json, jsonl or csv");
        }
    }

    /** Shows everything up to `limit`, then what is new each second. */
    int list(String path, Map<String, String> filters, List<String> columns, @Nullable Integer limit, boolean follow) {
        requireListFormat();
        ApiClient client = api.client();
        Output output = new Output(spec.commandLine().getOut(), format, columns, Terminal.detect());
        // A table is for eyes; whoever asks for another form means to have all of it.
        boolean bounded = format == Output.Format.table && !follow;
        long left = limit != null ? limit : bounded ? TABLE_LIMIT : Long.MAX_VALUE;
        String after = "";
        Set<String> shown = new LinkedHashSet<>();
        while (left > 0) {
            Map<String, String> query = new LinkedHashMap<>(filters);
            // When following, a last page is asked for again as it grows, so it is always asked for whole.
            query.put("limit", Long.toString(follow ? PAGE : Math.min(left, PAGE)));
            query.put("after", after);
            JsonNode page = client.get(path, query);
            List<JsonNode> fresh = new ArrayList<>();
            for (JsonNode item : page.path("items")) {
                if (fresh.size() < left && shown.add(item.toString())) {
                    fresh.add(item);
                }
            }
            if (!fresh.isEmpty()) {
                output.write(fresh);
            }
            left -= fresh.size();
            String next = Text.at(page, "next");
            if (!next.isEmpty()) {
                after = next;
                shown.clear();
            } else if (follow) {
                ApiClient.pause(Duration.ofSeconds(1));
            } else {
                break;
            }
            if (left == 0 && !next.isEmpty()) {
                spec.commandLine().getErr().println("There are more: raise --limit, or narrow the question.");
                spec.commandLine().getErr().flush();
            }
        }
        output.end();
        return 0;
    }

    static String text(@Nullable Object value) {
        return value instanceof Instant || value instanceof String ? value.toString() : "";
    }
}
