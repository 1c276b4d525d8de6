package io.modelwatch.app.demo;

import java.time.LocalDate;
import java.util.List;
import java.util.Optional;

/**
 * When a source fails, and how. The kinds of failure are real ones that were recorded of such APIs; the days are the
 * demo's own.
 */
final class Outages {

    /** How a source fails. */
    enum Kind {
        /** Every request is answered with the status. */
        STATUS,
        /** The first request of the day is answered with the status and the wish to come again in a second. */
        BUSY,
        /** The list is well-formed and lacks its second half, as lists that flap do. */
        HALF,
        /** The first page comes, every later one is answered with the status. */
        LATER_PAGES
    }

    /** From one day to another, both included. */
    record Outage(String source, LocalDate from, LocalDate to, Kind kind, int status) {}

    private final List<Outage> all;

    private Outages(List<Outage> all) {
        this.all = all;
    }

    static Outages load() {
        return new Outages(Resources.rows("outages.csv").stream()
                .map(cells -> new Outage(
                        cells.get(0),
                        LocalDate.parse(cells.get(1)),
                        LocalDate.parse(cells.get(2)),
                        Kind.valueOf(cells.get(3).replace('-', '_').toUpperCase(java.util.Locale.ROOT)),
                        Integer.parseInt(cells.get(4))))
                .toList());
    }

    /** Returns how a source fails on a day, if it does. */
    Optional<Outage> of(String source, LocalDate day) {
        return all.stream()
                .filter(outage ->
                        outage.source().equals(source) && !day.isBefore(outage.from()) && !day.isAfter(outage.to()))
                .findFirst();
    }
}
