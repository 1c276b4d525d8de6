package io.modelwatch.app.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** Writes items of the API in the format asked for. */
final class Output {
    /** The formats of a list. */
    enum Format {
        table,
        json,
        jsonl,
        csv,
        /** OCSF Detection Findings, one a line: of alerts only. */
        ocsf
    }

    /** Whoever read our output has closed it (`| head`): no reason to complain. */
    static final class ReaderGone extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private final PrintWriter out;
    private final Format format;
    private final List<String> columns;
    private final Terminal terminal;
    private boolean begun;

    Output(PrintWriter out, Format format, List<String> columns, Terminal terminal) {
        this.out = out;
        this.format = format;
        this.columns = columns;
        this.terminal = terminal;
    }

    /** Writes some items; headings come once. */
    void write(List<JsonNode> items) {
        switch (format) {
            case jsonl, ocsf -> items.forEach(out::println);
            case json ->
                items.forEach(item -> {
                    out.print(begun ? ",\n " : "[");
                    out.print(item);
                    begun = true;
                });
            case csv -> {
                if (!begun) {
                    csv(columns);
                }
                items.forEach(item -> csv(row(item)));
            }
            case table ->
                Table.lines(columns, items.stream().map(this::row).toList(), terminal.width(), !begun)
                        .forEach(line -> out.println(coloured(line)));
        }
        begun = begun || format != Format.json;
        check();
    }

    /** Ends the output. */
    void end() {
        if (format == Format.json) {
            out.println(begun ? "]" : "[]");
        } else if (!begun) {
            write(List.of());
        }
        check();
    }

    private void check() {
        if (out.checkError()) {
            throw new ReaderGone();
        }
    }

    private List<String> row(JsonNode item) {
        return columns.stream().map(column -> Text.at(item, column)).toList();
    }

    /** RFC 4180. A cell that a spreadsheet would take for a formula gets an apostrophe in front. */
    private void csv(List<String> cells) {
        out.print(cells.stream().map(Output::cell).collect(Collectors.joining(",")));
        out.print("\r\n");
    }

    private static String cell(String text) {
        String safe = !text.isEmpty() && "=+-@\t\r".indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
        return safe.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r')
                ? '"' + safe.replace("\"", "\"\"") + '"'
                : safe;
    }

    private String coloured(String line) {
        if (!terminal.colours()) {
            return line;
        }
        return line.replaceFirst("\\b(critical|high)\\b", "\u001b[31m$1\u001b[0m")
                .replaceFirst("\\bmedium\\b", "\u001b[33mmedium\u001b[0m");
    }
}
