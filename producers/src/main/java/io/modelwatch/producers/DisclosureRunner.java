package io.modelwatch.producers;

import io.modelwatch.producers.publish.PublishException;
import io.modelwatch.producers.publish.Published;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.producers.source.DisclosureSource;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.schemas.avro.Disclosure;
import io.modelwatch.schemas.avro.SweepOutcome;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * One pass over what a vendor announces: publishes what says something else than before, and tells the source's health. What
 * a vendor does not repeat it has not taken back.
 */
final class DisclosureRunner extends Sweeper {

    private static final Logger LOGGER = LoggerFactory.getLogger(DisclosureRunner.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String TOLD = "told";

    private final DisclosureSource source;

    /** The digest of what was said, by id. A source gives no more than fit into one record. */
    private final Map<String, String> told = new TreeMap<>();

    DisclosureRunner(
            SourceConfig config,
            DisclosureSource source,
            Publisher publisher,
            InstantSource clock,
            Supplier<@Nullable Instant> nextSweep,
            Map<String, byte[]> cursors) {
        super(config, publisher, clock, nextSweep, cursors);
        this.source = source;
        byte[] cursor = cursors.get(cursorKey(TOLD));
        if (cursor != null) {
            restore(cursor);
        }
    }

    private void restore(byte[] cursor) {
        try {
            JSON.readTree(cursor)
                    .properties()
                    .forEach(entry -> told.put(entry.getKey(), entry.getValue().asString("")));
        } catch (JacksonException e) {
            // To say it again is harmless: ids are content.
            LOGGER.atWarn().addKeyValue("source", config.name()).log("Cursor not readable; all is published again");
        }
    }

    @Override
    SweepReport sweep(Instant started) throws InterruptedException {
        Published published = Published.NOTHING;
        SweepOutcome outcome;
        String error;
        long seen = 0;
        boolean news = false;
        try {
            DisclosureSource.Announced announced = source.read();
            seen = announced.disclosures().size();
            published = publish(announced.disclosures());
            news = published != Published.NOTHING;
            error = announced.left();
            outcome = error == null ? SweepOutcome.COMPLETE : SweepOutcome.PARTIAL;
        } catch (SourceException e) {
            if (stopping()) {
                throw new InterruptedException("stopping");
            }
            error = String.valueOf(e.getMessage());
            outcome = SweepOutcome.FAILED;
        } catch (PublishException e) {
            throw e;
        } catch (RuntimeException e) {
            // A bug in a source must blind that source, visibly, and no other.
            LOGGER.atError().addKeyValue("source", config.name()).setCause(e).log("Sweep broke");
            error = "internal error (" + e.getClass().getSimpleName() + "), see the log";
            outcome = SweepOutcome.FAILED;
        }
        error = error == null ? null : Health.shorten(error);
        published =
                published.and(tellHealth(started, outcome, outcome == SweepOutcome.FAILED, news, seen, error, null));
        LOGGER.atInfo()
                .addKeyValue("source", config.name())
                .addKeyValue("outcome", outcome)
                .addKeyValue("disclosures", seen)
                .addKeyValue("error", error)
                .log("Read what a vendor announces");
        return new SweepReport(config.name(), outcome, seen, error, published);
    }

    private Published publish(List<Disclosure> disclosures) {
        List<Disclosure> news = disclosures.stream()
                .filter(one -> !one.getCorrelationId().equals(told.get(one.getId())))
                .toList();
        if (news.isEmpty()) {
            return Published.NOTHING;
        }
        Map<String, String> after = new TreeMap<>(told);
        news.forEach(one -> after.put(one.getId(), one.getCorrelationId()));
        Published published =
                publisher.publishDisclosures(news, Map.of(cursorKey(TOLD), JSON.writeValueAsBytes(after)));
        told.putAll(after);
        return published;
    }
}
