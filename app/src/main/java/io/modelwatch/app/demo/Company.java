package io.modelwatch.app.demo;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the fictional company hands in: deployments and papers, each at its time. */
final class Company {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** What a batch holds. */
    enum Kind {
        OBSERVATION,
        PROCUREMENT,
        DISCLOSURE;

        /** The field of a line of the table under which it is. */
        private String field() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What is handed in together.
     *
     * @param at when
     * @param lines objects in the contract's form, one a line
     */
    record Batch(Instant at, Kind kind, List<JsonNode> lines) {

        /** Returns the lines as the intake reads them. */
        String text() {
            StringBuilder text = new StringBuilder();
            lines.forEach(line -> text.append(line).append('\n'));
            return text.toString();
        }
    }

    private final List<Batch> batches;

    private Company(List<Batch> batches) {
        this.batches = batches;
    }

    static Company load() {
        List<Batch> batches = new ArrayList<>();
        for (String text : Resources.lines("company.jsonl")) {
            JsonNode line = JSON.readTree(text);
            Instant at = Instant.parse(line.path("at").asString(""));
            Kind kind = Stream.of(Kind.values())
                    .filter(one -> line.has(one.field()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("of no kind: " + text));
            Batch last = batches.isEmpty() ? null : batches.getLast();
            if (last == null || !last.at().equals(at) || last.kind() != kind) {
                last = new Batch(at, kind, new ArrayList<>());
                batches.add(last);
            }
            last.lines().add(line.path(kind.field()));
        }
        return new Company(batches);
    }

    /** Returns all batches, in order of time. */
    List<Batch> batches() {
        return List.copyOf(batches);
    }

    /** Returns a day's batches, in order of time. */
    List<Batch> on(LocalDate day) {
        return batches.stream()
                .filter(batch -> batch.at().atZone(ZoneOffset.UTC).toLocalDate().equals(day))
                .toList();
    }

    /** Says whether some paper begins or ceases to hold after one moment and up to another. */
    boolean boundaryBetween(Instant after, Instant upTo) {
        return batches.stream()
                .filter(batch -> batch.kind() == Kind.PROCUREMENT)
                .flatMap(batch -> batch.lines().stream())
                .flatMap(event -> Stream.of("issuedAt", "validFrom", "validTo").map(field -> time(event, field)))
                .anyMatch(time -> time != null && time.isAfter(after) && !time.isAfter(upTo));
    }

    private static @Nullable Instant time(JsonNode event, String field) {
        JsonNode time = event.path(field);
        return time.isString() ? Instant.parse(time.stringValue()) : null;
    }
}
