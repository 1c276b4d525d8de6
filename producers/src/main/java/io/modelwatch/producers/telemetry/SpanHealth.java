package io.modelwatch.producers.telemetry;

import io.modelwatch.producers.publish.PublishException;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.schemas.ReservedSources;
import io.modelwatch.schemas.avro.SourceCondition;
import io.modelwatch.schemas.avro.SourceHealth;
import io.modelwatch.schemas.avro.SourceState;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says now and then, on the topic {@code sources}, that exports of spans still come in: where that stops for longer than the
 * limit, the source {@value ReservedSources#TELEMETRY} is blind. Thread-safe.
 */
public final class SpanHealth implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(SpanHealth.class);

    /** So often within the limit it is said, but not more often than each second. */
    private static final int TOLD_PER_LIMIT = 4;

    private static final Duration SHORTEST = Duration.ofSeconds(1);

    private final Duration limit;
    private final Publisher publisher;
    private final InstantSource clock;
    private Instant since = Instant.MIN;
    private Instant toldAt = Instant.MIN;

    /**
     * @param limit how long no export may come
     * @param publisher closed with this
     */
    public SpanHealth(Duration limit, Publisher publisher, InstantSource clock) {
        this.limit = limit;
        this.publisher = publisher;
        this.clock = clock;
    }

    /** Returns what is told before any export has come. */
    public static SourceHealth starting(Duration limit, Instant now) {
        return health(limit, SourceState.STARTING, SourceCondition.UNKNOWN, now, now);
    }

    /** An export has come, and what it says is in Kafka. */
    public synchronized void heard() {
        Instant now = Instant.ofEpochMilli(clock.millis());
        Duration every = limit.dividedBy(TOLD_PER_LIMIT);
        Duration pause = every.compareTo(SHORTEST) < 0 ? SHORTEST : every;
        if (toldAt != Instant.MIN && now.isBefore(toldAt.plus(pause))) {
            return;
        }
        since = toldAt == Instant.MIN || now.isAfter(toldAt.plus(limit)) ? now : since;
        toldAt = now;
        SourceHealth health = health(limit, SourceState.SEEING, SourceCondition.VERIFIED, since, now);
        try {
            // The cursor is empty: by its key the next start knows that the source is known.
            var told = publisher.publishHealth(health, Map.of(ReservedSources.TELEMETRY, new byte[0]));
            LOGGER.atTrace()
                    .addKeyValue("partitions", told.lastOffsets().size())
                    .log("Spans come");
        } catch (PublishException e) {
            LOGGER.atWarn().addKeyValue("error", e.getMessage()).log("That spans come is not told; it will be");
        }
    }

    private static SourceHealth health(
            Duration limit, SourceState state, SourceCondition condition, Instant since, Instant now) {
        return SourceHealth.newBuilder()
                .setSource(ReservedSources.TELEMETRY)
                .setType(ReservedSources.TELEMETRY)
                .setState(state)
                .setCondition(condition)
                .setSince(since)
                .setAt(now)
                .setLastSuccessAt(state == SourceState.SEEING ? now : null)
                .setBlindAfterMs(limit.toMillis())
                .build();
    }

    @Override
    public void close() {
        publisher.close();
    }
}
