package io.modelwatch.producers;

import io.modelwatch.producers.publish.PublishException;
import io.modelwatch.producers.publish.Published;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.producers.source.ProcurementSource;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.SweepOutcome;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * One pass over one source of procurement events: publishes those that say something else than this source said of them
 * before, and tells the source's health.
 *
 * <p>What was said before is kept among the cursors, written in one transaction with the events. It is what <em>this
 * source</em> said, not what the topic holds: an event that somebody corrected by another way must not be set back by
 * the next restart.
 */
final class ProcurementRunner extends Sweeper {

    private static final Logger LOGGER = LoggerFactory.getLogger(ProcurementRunner.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Events a transaction. */
    private static final int CHUNK = 500;

    /**
     * Digests are kept in so many records, by the hash of the event's id: one record would outgrow Kafka's limit at some
     * ten thousand events, and one an event would write the topic of cursors full.
     */
    private static final int PARTS = 256;

    private static final String AT = "at";

    private final ProcurementSource source;

    /** The digest of what was said of each event; grows with the events that the source ever had, as their topic does. */
    private final List<SortedMap<String, String>> told = new ArrayList<>();

    /** Where the source goes on, in its own words. */
    private @Nullable String at;

    ProcurementRunner(
            SourceConfig config,
            ProcurementSource source,
            Publisher publisher,
            InstantSource clock,
            Supplier<@Nullable Instant> nextSweep,
            Map<String, byte[]> cursors) {
        super(config, publisher, clock, nextSweep, cursors);
        this.source = source;
        byte[] where = cursors.get(cursorKey(AT));
        at = where == null || where.length == 0 ? null : new String(where, StandardCharsets.UTF_8);
        for (int part = 0; part < PARTS; part++) {
            told.add(restore(cursors.get(partKey(part))));
        }
    }

    private SortedMap<String, String> restore(byte @Nullable [] cursor) {
        SortedMap<String, String> digests = new TreeMap<>();
        if (cursor != null) {
            try {
                JSON.readTree(cursor)
                        .properties()
                        .forEach(entry ->
                                digests.put(entry.getKey(), entry.getValue().asString("")));
            } catch (JacksonException e) {
                // To say it again is harmless: ids are content.
                LOGGER.atWarn()
                        .addKeyValue("source", config.name())
                        .log("Cursor not readable; some events are published again");
            }
        }
        return digests;
    }

    @Override
    SweepReport sweep(Instant started) throws InterruptedException {
        Look look = new Look();
        SweepOutcome outcome;
        String error;
        try {
            error = source.read(at, look::page);
            outcome = error == null ? SweepOutcome.COMPLETE : SweepOutcome.PARTIAL;
        } catch (SourceException e) {
            if (stopping()) {
                throw new InterruptedException("stopping");
            }
            error = String.valueOf(e.getMessage());
            outcome = look.pages == 0 ? SweepOutcome.FAILED : SweepOutcome.PARTIAL;
        } catch (PublishException e) {
            throw e;
        } catch (RuntimeException e) {
            // A bug in a source must blind that source, visibly, and no other.
            LOGGER.atError().addKeyValue("source", config.name()).setCause(e).log("Sweep broke");
            error = "internal error (" + e.getClass().getSimpleName() + "), see the log";
            outcome = look.pages == 0 ? SweepOutcome.FAILED : SweepOutcome.PARTIAL;
        }
        error = error == null ? null : Health.shorten(error);
        Published published = look.published.and(tellHealth(
                started, outcome, outcome == SweepOutcome.FAILED, look.differing > 0, look.seen, error, null));
        // A folder is looked at every few seconds: only what is news is worth a line.
        LOGGER.atLevel(look.differing > 0 ? Level.INFO : Level.DEBUG)
                .addKeyValue("source", config.name())
                .addKeyValue("outcome", outcome)
                .addKeyValue("events", look.seen)
                .addKeyValue("published", look.differing)
                .addKeyValue("error", error)
                .log("Looked for procurement events");
        return new SweepReport(config.name(), outcome, look.seen, error, published);
    }

    /** What came of one pass. */
    private final class Look {
        private Published published = Published.NOTHING;
        private int pages;
        private long seen;
        private long differing;

        void page(List<ProcurementEvent> events, @Nullable String next) {
            pages++;
            seen += events.size();
            Map<String, ProcurementEvent> newest = new LinkedHashMap<>();
            events.forEach(event -> newest.put(event.getId(), event));
            List<ProcurementEvent> news = newest.values().stream()
                    .filter(event -> !event.getCorrelationId()
                            .equals(told.get(part(event.getId())).get(event.getId())))
                    .toList();
            differing += news.size();
            for (int from = 0; from < news.size(); from += CHUNK) {
                publish(news.subList(from, Math.min(news.size(), from + CHUNK)));
            }
            // Only after the events: what was not published must be read again.
            if (next != null && !next.equals(at)) {
                published = published.and(publisher.publishProcurement(
                        List.of(), Map.of(cursorKey(AT), next.getBytes(StandardCharsets.UTF_8))));
                at = next;
            }
        }

        private void publish(List<ProcurementEvent> events) {
            Map<Integer, SortedMap<String, String>> touched = new HashMap<>();
            for (ProcurementEvent event : events) {
                touched.computeIfAbsent(part(event.getId()), part -> new TreeMap<>(told.get(part)))
                        .put(event.getId(), event.getCorrelationId());
            }
            Map<String, byte[]> cursors = new HashMap<>();
            touched.forEach((part, digests) -> cursors.put(partKey(part), JSON.writeValueAsBytes(digests)));
            published = published.and(publisher.publishProcurement(events, cursors));
            touched.forEach(told::set);
        }
    }

    private static int part(String id) {
        return Math.floorMod(id.hashCode(), PARTS);
    }

    private String partKey(int part) {
        return cursorKey("told-" + part);
    }
}
