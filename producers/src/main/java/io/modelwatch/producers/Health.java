package io.modelwatch.producers;

import io.modelwatch.schemas.avro.SourceCondition;
import io.modelwatch.schemas.avro.SourceHealth;
import io.modelwatch.schemas.avro.SourceState;
import io.modelwatch.schemas.avro.SweepOutcome;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is told of a source's health, and what of it survives a restart. Used by one thread at a time. */
final class Health {

    private static final Logger LOGGER = LoggerFactory.getLogger(Health.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int MAX_ERROR = 1000;

    private final SourceConfig config;
    private final Supplier<@Nullable Instant> nextSweep;

    private SourceState state = SourceState.STARTING;
    private @Nullable Instant since;
    private @Nullable Instant lastSuccessAt;
    private @Nullable Instant lastChangedAt;
    private int failures;

    Health(SourceConfig config, Supplier<@Nullable Instant> nextSweep) {
        this.config = config;
        this.nextSweep = nextSweep;
    }

    /** A source that was blind before a restart has been blind since then, not since the restart. */
    void restore(byte @Nullable [] cursor) {
        if (cursor == null) {
            return;
        }
        try {
            JsonNode node = JSON.readTree(cursor);
            SourceState was = SourceState.valueOf(node.path("state").asString(""));
            since = Instant.parse(node.path("since").asString(""));
            failures = node.path("consecutiveFailures").asInt(0);
            lastSuccessAt = time(node, "lastSuccessAt");
            lastChangedAt = time(node, "lastChangedAt");
            state = was;
        } catch (JacksonException | IllegalArgumentException | java.time.DateTimeException e) {
            LOGGER.atWarn().addKeyValue("source", config.name()).log("Cursor not readable; health starts anew");
        }
    }

    private static @Nullable Instant time(JsonNode node, String field) {
        String text = node.path(field).asString("");
        return text.isEmpty() ? null : Instant.parse(text);
    }

    /** Returns what is told at the start, or null where more is known from before. */
    @Nullable
    SourceHealth starting(Instant now) {
        if (state != SourceState.STARTING) {
            return null;
        }
        since = now;
        return health(now).build();
    }

    /**
     * Returns what is told after a sweep.
     *
     * @param changed whether it saw something else than the sweep before
     */
    SourceHealth after(
            Instant started,
            Instant now,
            SweepOutcome outcome,
            boolean blind,
            boolean changed,
            long subjects,
            @Nullable String error,
            @Nullable String scope) {
        SourceState next =
                switch (outcome) {
                    case COMPLETE -> SourceState.SEEING;
                    // Without an error it read what changed, which is all that it wanted.
                    case PARTIAL ->
                        blind ? SourceState.BLIND : error == null ? SourceState.SEEING : SourceState.PARTIAL;
                    default -> SourceState.BLIND;
                };
        if (next != state || since == null) {
            since = now;
        }
        state = next;
        failures = outcome == SweepOutcome.FAILED ? failures + 1 : 0;
        if (next == SourceState.SEEING) {
            lastSuccessAt = now;
        }
        if (changed) {
            lastChangedAt = now;
        }
        return health(now)
                .setCondition(condition(now, changed))
                .setLastSweepStartedAt(started)
                .setLastSweepCompletedAt(now)
                .setOutcome(outcome)
                .setSubjects(subjects)
                .setError(error)
                .setScope(scope)
                .build();
    }

    private SourceCondition condition(Instant now, boolean changed) {
        return switch (state) {
            case SEEING ->
                changed ? SourceCondition.CHANGED : old(now) ? SourceCondition.STALE : SourceCondition.VERIFIED;
            // What could not be read is as old as the last success.
            case PARTIAL -> SourceCondition.STALE;
            case BLIND ->
                since != null && !now.isBefore(since.plus(Schedule.blindAfter(config, now)))
                        ? SourceCondition.BLIND
                        : SourceCondition.UNREACHABLE;
            default -> SourceCondition.UNKNOWN;
        };
    }

    /** Whether it has said the same for so long that somebody should look whether anybody tends it. */
    private boolean old(Instant now) {
        return config.staleAfter() != null
                && lastChangedAt != null
                && !now.isBefore(lastChangedAt.plus(config.staleAfter()));
    }

    /** Returns what {@link #restore} reads. */
    byte[] cursor() {
        Map<String, Object> cursor = new LinkedHashMap<>();
        cursor.put("state", state.name());
        cursor.put("since", String.valueOf(since));
        cursor.put("consecutiveFailures", failures);
        cursor.put("lastSuccessAt", lastSuccessAt == null ? "" : lastSuccessAt.toString());
        cursor.put("lastChangedAt", lastChangedAt == null ? "" : lastChangedAt.toString());
        return JSON.writeValueAsBytes(cursor);
    }

    private SourceHealth.Builder health(Instant now) {
        return SourceHealth.newBuilder()
                .setSource(config.name())
                .setType(config.type())
                .setState(state)
                .setSince(since == null ? now : since)
                .setAt(now)
                .setLastSuccessAt(lastSuccessAt)
                .setLastChangedAt(lastChangedAt)
                .setConsecutiveFailures(failures)
                .setNextSweepAt(nextSweep.get())
                .setBlindAfterMs(Schedule.blindAfter(config, now).toMillis());
    }

    /** Returns an error as short as it may be told. */
    static String shorten(String text) {
        return text.length() <= MAX_ERROR ? text : text.substring(0, text.offsetByCodePoints(0, MAX_ERROR / 2));
    }
}
