package io.modelwatch.app.cli;

import io.modelwatch.app.export.ExportFormat;
import io.modelwatch.app.export.ExportTable;
import io.modelwatch.app.export.TableExport;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Writes the history as files. */
@Command(
        name = "export",
        mixinStandardHelpOptions = true,
        description = {
            "Writes the history as files, one a day (UTC): DIR/changes/day=2026-03-01/changes.parquet, with",
            "DIR/manifest.json, which has counts and digests. The day is that on which",
            "  changes, lineage      became known: every change, every ancestry that a model was known to have",
            "  mboms                 came to be: every revision of every MBOM, with its claims",
            "  alerts                were told: every state of every alert",
            "  verdicts              became known: what was last said of each provenance change",
            "  procurement-events    were issued",
            "",
            "The same call again goes on after the days that are complete; whole days only, up to yesterday. What comes",
            "in later for a day that was written is in it after --again, new verdicts among it. The same rows make the",
            "same bytes."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch export --out changes",
            "  modelwatch export --what all --out history",
            "  modelwatch export --what mboms,verdicts --format csv --since 2026-03-01T00:00:00Z --out march",
            "  duckdb -c \"select kind, count(*) from 'changes/changes/*/*.parquet' group by 1\""
        })
final class ExportCommand implements Callable<Integer> {
    /** Ten years: a change with a wrong clock must not make us ask for every day since 1970. */
    private static final int MOST_DAYS = 3_660;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ApiOptions api = new ApiOptions();

    @Option(
            names = "--what",
            paramLabel = "TABLE",
            split = ",",
            defaultValue = "changes",
            description =
                    "some of changes, mboms, lineage, alerts, verdicts, procurement-events, or all (default: changes)")
    private List<String> what = List.of();

    @Option(names = "--format", defaultValue = "parquet", description = "${COMPLETION-CANDIDATES} (default: parquet)")
    private ExportFormat format = ExportFormat.parquet;

    @Option(
            names = "--since",
            paramLabel = "T",
            converter = When.class,
            description = "from the day of a time, or of an age such as 30d (default: the first row of each table)")
    private @Nullable Instant since;

    @Option(
            names = "--until",
            paramLabel = "T",
            converter = When.class,
            description = "up to the day before that of a time, or of an age (default: today)")
    private @Nullable Instant until;

    @Option(names = "--out", paramLabel = "DIR", required = true, description = "a new directory, or that of an export")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path out;

    @Option(names = "--again", description = "write days again that are there")
    private boolean again;

    @Override
    public Integer call() {
        ApiClient client = api.client();
        LocalDate today = day(Instant.now());
        LocalDate end = until == null ? today : day(until);
        if (end.isAfter(today)) {
            throw new ParameterException(
                    spec.commandLine(), "--until: " + end + " lies ahead; whole days only, up to " + today);
        }
        for (ExportTable table : tables()) {
            LocalDate begin = since == null ? first(client, table, end) : day(since);
            if (begin.isAfter(end)) {
                throw new ParameterException(spec.commandLine(), "--since: " + begin + " is after --until, " + end);
            }
            if (begin.plusDays(MOST_DAYS).isBefore(end)) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--since: from " + begin + " on " + table + " are more than " + MOST_DAYS
                                + " days; give a later one");
            }
            write(client, table, begin, end);
        }
        return 0;
    }

    /** @throws ParameterException if there is no such table */
    private Set<ExportTable> tables() {
        if (what.equals(List.of("all"))) {
            return EnumSet.allOf(ExportTable.class);
        }
        try {
            return what.stream()
                    .map(ExportTable::of)
                    .collect(Collectors.toCollection(() -> EnumSet.noneOf(ExportTable.class)));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--what: " + e.getMessage());
        }
    }

    private void write(ApiClient client, ExportTable table, LocalDate begin, LocalDate end) {
        PrintWriter said = spec.commandLine().getErr();
        TableExport.Outcome outcome = new TableExport(
                        table,
                        out,
                        format,
                        (day, each) -> client.forEach(
                                table.path(), Map.of("since", start(day), "until", start(day.plusDays(1))), each),
                        line -> {
                            said.println(line);
                            said.flush();
                        })
                .run(begin, end, again);
        spec.commandLine()
                .getOut()
                .println("%,d %s of %,d days in %s%s"
                        .formatted(
                                outcome.rows(),
                                table,
                                outcome.days(),
                                out,
                                outcome.kept() == 0 ? "" : "; %,d days were there".formatted(outcome.kept())));
        spec.commandLine().getOut().flush();
    }

    /** The day of the first row; the end where there is none. */
    private static LocalDate first(ApiClient client, ExportTable table, LocalDate end) {
        String at = Text.at(client.get("/v1/summary", Map.of()).path("since"), table.entity());
        LocalDate day = at.isEmpty() ? end : day(Instant.parse(at));
        return day.isBefore(end) ? day : end;
    }

    private static LocalDate day(Instant time) {
        return time.atOffset(ZoneOffset.UTC).toLocalDate();
    }

    private static String start(LocalDate day) {
        return day + "T00:00:00Z";
    }
}
