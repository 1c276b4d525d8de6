package io.modelwatch.app.demo;

import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What a demo came to, in words and figures. */
final class Summary {

    private static final String EACH = " (one counts under every verdict it has had)";

    private Summary() {}

    static List<String> lines(Tally tally, Watcher watcher, LocalDate last, Duration took) {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "%d recorded days, %s to %s, in %.1f s",
                tally.days(),
                Replay.FIRST_DAY,
                last,
                took.toMillis() / 1000.0));
        lines.add("  polls               " + tally.polls());
        lines.add("  observations        " + tally.observations());
        lines.add("  procurement events  " + tally.papers());
        lines.add("  disclosures         " + tally.disclosures());
        Map<String, Long> changes = watcher.changesByKind();
        lines.add("  changes             "
                + changes.values().stream().mapToLong(Long::longValue).sum() + counts(changes));
        lines.add("  MBOM revisions      " + watcher.mboms());
        lines.add("  provenance changes  " + watcher.judged() + ", of which " + watcher.disclosed()
                + " are disclosed by the vendor and "
                + (watcher.judged() - watcher.disclosed()) + " silent");
        lines.add("    by verdict        " + counts(watcher.changesByVerdict()).replaceFirst("^: ", "") + EACH);
        lines.add("  alerts              " + watcher.alerts() + ", of which " + watcher.openAlerts() + " are open");
        lines.add("    by verdict        " + counts(watcher.alertsByVerdict()).replaceFirst("^: ", "") + EACH);
        lines.add("    by severity       " + counts(watcher.alertsBySeverity()).replaceFirst("^: ", ""));
        lines.add("  poll to alert       "
                + (watcher.timed() == 0
                        ? "no alert to time"
                        : "p50 " + watcher.percentile(50) + " ms, p99 " + watcher.percentile(99) + " ms over "
                                + watcher.timed() + " alert records, measured in this run"));
        lines.add("  blind sources       " + days(tally.blind()));
        lines.add("  partial sweeps      " + days(tally.partial()));
        return lines;
    }

    private static String counts(Map<?, Long> counts) {
        return counts.isEmpty()
                ? ""
                : ": "
                        + counts.entrySet().stream()
                                .map(count -> count.getKey() + " " + count.getValue())
                                .collect(Collectors.joining(", "));
    }

    private static String days(Map<String, List<LocalDate>> days) {
        return days.isEmpty()
                ? "none"
                : days.entrySet().stream()
                        .map(source ->
                                source.getKey() + " on " + source.getValue().size() + " days from "
                                        + source.getValue().getFirst())
                        .collect(Collectors.joining(", "));
    }
}
