package io.modelwatch.app.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** One bill in the formats of others, and how much of the G7's list it has. */
final class BillOutput {

    private BillOutput() {}

    /**
     * @param path of the bill in the API
     * @param which revision or time
     * @param spec version of CycloneDX, or null
     * @return 0
     */
    static int print(
            ApiClient client,
            String path,
            Map<String, String> which,
            String format,
            @Nullable String spec,
            PrintWriter out) {
        Map<String, String> query = new LinkedHashMap<>(which);
        query.put("format", format);
        query.put("spec", spec == null ? "" : spec);
        if (format.equals("g7")) {
            gauge(client.get(path, query), out);
            return 0;
        }
        out.print(client.text(path, query));
        if (out.checkError()) {
            throw new Output.ReaderGone();
        }
        return 0;
    }

    private static void gauge(JsonNode gauge, PrintWriter out) {
        Output output =
                new Output(out, Output.Format.table, List.of("cluster", "label", "state", "why"), Terminal.detect());
        List<JsonNode> elements = new ArrayList<>();
        gauge.path("elements").forEach(elements::add);
        output.write(elements);
        output.end();
        out.println();
        out.println(Text.plain(Text.at(gauge, "deployment")) + ", revision " + Text.at(gauge, "revision") + ": "
                + Text.at(gauge, "present") + " present, " + Text.at(gauge, "absent") + " absent, "
                + Text.at(gauge, "unknowable") + " unknowable");
        out.flush();
    }
}
