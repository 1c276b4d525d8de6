package io.modelwatch.producers;

import io.modelwatch.producers.publish.PublishException;
import io.modelwatch.producers.publish.Published;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.producers.source.DisclosureSource;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.schemas.avro.SweepOutcome;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One pass over what a vendor announces: publishes what says something else than before, and tells the source's health. What
 * a vendor does not repeat it has not taken back.
 */
final class DisclosureRunner extends Sweeper {

    private static final Logger LOGGER = LoggerFactory.getLogger(DisclosureRunner.class);

    private final DisclosureSource source;
    private final Announcements announcements;

    DisclosureRunner(
            SourceConfig config,
            DisclosureSource source,
            Publisher publisher,
            InstantSource clock,
            Supplier<@Nullable Instant> nextSweep,
            Map<String, byte[]> cursors) {
        super(config, publisher, clock, nextSweep, cursors);
        this.source = source;
        this.announcements = announcements(cursors);
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
            published = announcements.publish(announced.disclosures());
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
}
