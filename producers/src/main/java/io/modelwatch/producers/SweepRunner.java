package io.modelwatch.producers;

import io.modelwatch.producers.publish.FactsLimit;
import io.modelwatch.producers.publish.PublishException;
import io.modelwatch.producers.publish.Published;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.producers.source.Reading;
import io.modelwatch.producers.source.Source;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.schemas.Canonical;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ObservationKind;
import io.modelwatch.schemas.avro.SourceHealth;
import io.modelwatch.schemas.avro.SourceState;
import io.modelwatch.schemas.avro.Sweep;
import io.modelwatch.schemas.avro.SweepOutcome;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One pass over one source: reads, publishes page by page, marks the end of each scope, tells the source's health. */
final class SweepRunner {

    private static final Logger LOGGER = LoggerFactory.getLogger(SweepRunner.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int MAX_ERROR = 1000;

    private final SourceConfig config;
    private final Source source;
    private final Publisher publisher;
    private final InstantSource clock;
    private final Supplier<@Nullable Instant> nextSweep;
    private final ReentrantLock lock = new ReentrantLock();

    private SourceState state = SourceState.STARTING;
    private @Nullable Instant since;
    private @Nullable Instant lastSuccessAt;
    private int failures;

    /** Subjects of the last complete sweep, by scope. */
    private final Map<String, Long> lastSubjects = new HashMap<>();

    private volatile boolean stopping;

    SweepRunner(
            SourceConfig config,
            Source source,
            Publisher publisher,
            InstantSource clock,
            Supplier<@Nullable Instant> nextSweep,
            Map<String, byte[]> cursors) {
        this.config = config;
        this.source = source;
        this.publisher = publisher;
        this.clock = clock;
        this.nextSweep = nextSweep;
        restore(cursors.get(cursorKey(null)));
        for (String scope : source.scopes()) {
            byte[] cursor = cursors.get(cursorKey(scope));
            if (cursor != null) {
                restoreSubjects(scope, cursor);
            }
        }
    }

    private void restoreSubjects(String scope, byte[] cursor) {
        try {
            lastSubjects.put(scope, JSON.readTree(cursor).path("lastSubjects").asLong(0));
        } catch (JacksonException e) {
            LOGGER.atWarn().addKeyValue("source", config.name()).log("Cursor not readable; the scope starts anew");
        }
    }

    /** From now on an error is taken for a sign of the stop: it is published as nobody's failure. */
    void stop() {
        stopping = true;
    }

    /** A source that was blind before a restart has been blind since then, not since the restart. */
    private void restore(byte @Nullable [] cursor) {
        if (cursor == null) {
            return;
        }
        try {
            JsonNode node = JSON.readTree(cursor);
            SourceState was = SourceState.valueOf(node.path("state").asString(""));
            since = Instant.parse(node.path("since").asString(""));
            failures = node.path("consecutiveFailures").asInt(0);
            String success = node.path("lastSuccessAt").asString("");
            lastSuccessAt = success.isEmpty() ? null : Instant.parse(success);
            state = was;
        } catch (JacksonException | IllegalArgumentException | java.time.DateTimeException e) {
            LOGGER.atWarn().addKeyValue("source", config.name()).log("Cursor not readable; health starts anew");
        }
    }

    /**
     * Sweeps every scope; a sweep that is under way is waited for.
     *
     * @throws PublishException if what was read is not on the topics: the next sweep says it again
     * @throws InterruptedException if the thread is interrupted, or the pollers are being stopped
     */
    SweepReport run() throws InterruptedException {
        lock.lockInterruptibly();
        Instant started = now();
        try {
            return sweep(started);
        } catch (PublishException e) {
            if (stopping || Thread.currentThread().isInterrupted()) {
                throw e;
            }
            String error = "read, but not published: " + e.getMessage();
            try {
                var told = tellHealth(started, SweepOutcome.FAILED, 0, shorten(error), null);
                LOGGER.atDebug()
                        .addKeyValue("source", config.name())
                        .addKeyValue("partitions", told.lastOffsets().size())
                        .log("Told that nothing was published");
            } catch (PublishException again) {
                e.addSuppressed(again);
            }
            throw e;
        } finally {
            lock.unlock();
        }
    }

    private SweepReport sweep(Instant started) throws InterruptedException {
        Published published = Published.NOTHING;
        long subjects = 0;
        int complete = 0;
        int failed = 0;
        List<String> scopes = source.scopes();
        List<String> errors = new ArrayList<>();
        String badScope = null;
        for (String scope : scopes) {
            ScopeSweep sweep = new ScopeSweep(scope);
            SweepOutcome outcome = sweep.run();
            published = published.and(sweep.published);
            subjects += sweep.subjects;
            complete += outcome == SweepOutcome.COMPLETE ? 1 : 0;
            failed += outcome == SweepOutcome.FAILED ? 1 : 0;
            if (sweep.error != null) {
                badScope = scope.isEmpty() ? null : scope;
                errors.add(scope.isEmpty() ? sweep.error : scope + ": " + sweep.error);
            }
        }
        SweepOutcome outcome = complete == scopes.size()
                ? SweepOutcome.COMPLETE
                : failed == scopes.size() ? SweepOutcome.FAILED : SweepOutcome.PARTIAL;
        String error = errors.isEmpty() ? null : shorten(String.join("; ", errors));
        published = published.and(tellHealth(started, outcome, subjects, error, badScope));
        LOGGER.atInfo()
                .addKeyValue("source", config.name())
                .addKeyValue("outcome", outcome)
                .addKeyValue("subjects", subjects)
                .addKeyValue("error", error)
                .log("Swept");
        return new SweepReport(config.name(), outcome, subjects, error, published);
    }

    /** Says that the source is being started, unless more is known from before. */
    void tellStarting() {
        if (state == SourceState.STARTING) {
            Instant now = now();
            since = now;
            publisher.publishHealth(health(now).build(), Map.of());
        }
    }

    private Published tellHealth(
            Instant started, SweepOutcome outcome, long subjects, @Nullable String error, @Nullable String scope) {
        Instant now = now();
        SourceState next =
                switch (outcome) {
                    case COMPLETE -> SourceState.SEEING;
                    case PARTIAL -> SourceState.PARTIAL;
                    default -> SourceState.BLIND;
                };
        if (next != state || since == null) {
            since = now;
        }
        state = next;
        failures = outcome == SweepOutcome.FAILED ? failures + 1 : 0;
        if (outcome == SweepOutcome.COMPLETE) {
            lastSuccessAt = now;
        }
        SourceHealth health = health(now)
                .setLastSweepStartedAt(started)
                .setLastSweepCompletedAt(now)
                .setOutcome(outcome)
                .setSubjects(subjects)
                .setError(error)
                .setScope(scope)
                .build();
        Map<String, Object> cursor = new LinkedHashMap<>();
        cursor.put("state", state.name());
        cursor.put("since", String.valueOf(since));
        cursor.put("consecutiveFailures", failures);
        cursor.put("lastSuccessAt", lastSuccessAt == null ? "" : lastSuccessAt.toString());
        return publisher.publishHealth(health, Map.of(cursorKey(null), JSON.writeValueAsBytes(cursor)));
    }

    private SourceHealth.Builder health(Instant now) {
        return SourceHealth.newBuilder()
                .setSource(config.name())
                .setType(config.type())
                .setState(state)
                .setSince(since == null ? now : since)
                .setAt(now)
                .setLastSuccessAt(lastSuccessAt)
                .setConsecutiveFailures(failures)
                .setNextSweepAt(nextSweep.get());
    }

    /** One pass over one scope. */
    private final class ScopeSweep {
        private final String scope;
        private final @Nullable String scopeOrNull;
        private final Instant started = now();
        private Published published = Published.NOTHING;
        private long subjects;
        private int pages;
        private @Nullable String error;
        private @Nullable String tooLarge;

        ScopeSweep(String scope) {
            this.scope = scope;
            this.scopeOrNull = scope.isEmpty() ? null : scope;
        }

        SweepOutcome run() throws InterruptedException {
            SweepOutcome outcome;
            try {
                error = source.sweep(scope, this::page);
                outcome = error == null ? SweepOutcome.COMPLETE : SweepOutcome.PARTIAL;
            } catch (SourceException e) {
                if (stopping) {
                    throw new InterruptedException("stopping");
                }
                error = e.getMessage();
                outcome = pages == 0 ? SweepOutcome.FAILED : SweepOutcome.PARTIAL;
            } catch (PublishException e) {
                throw e;
            } catch (RuntimeException e) {
                // A bug in a source must blind that source, visibly, and no other.
                LOGGER.atError()
                        .addKeyValue("source", config.name())
                        .setCause(e)
                        .log("Sweep broke");
                error = "internal error (" + e.getClass().getSimpleName() + "), see the log";
                outcome = pages == 0 ? SweepOutcome.FAILED : SweepOutcome.PARTIAL;
            }
            if (tooLarge != null && outcome == SweepOutcome.COMPLETE) {
                error = tooLarge;
                outcome = SweepOutcome.PARTIAL;
            }
            long before = lastSubjects.getOrDefault(scope, 0L);
            if (outcome == SweepOutcome.COMPLETE && subjects == 0 && before > 0) {
                error = "nothing is listed, where the last complete sweep saw " + before + ": removes nothing";
                outcome = SweepOutcome.PARTIAL;
            }
            if (error != null) {
                error = shorten(error);
            }
            mark(outcome);
            return outcome;
        }

        private void page(List<Reading> readings, @Nullable String next) {
            Instant observedAt = now();
            pages++;
            List<Observation> observations = readings.stream()
                    .filter(this::fits)
                    .map(reading -> observation(reading, observedAt))
                    .toList();
            subjects += observations.size();
            published = published.and(publisher.publish(observations, cursor(observedAt, next, null)));
        }

        private boolean fits(Reading reading) {
            boolean fits = FactsLimit.holds(Canonical.fields(reading.facts()));
            if (!fits) {
                tooLarge = "left out for its size (more than " + FactsLimit.MAX_CHARACTERS + " characters of facts): "
                        + reading.facts().getId();
            }
            return fits;
        }

        private Observation observation(Reading reading, Instant observedAt) {
            String digest = Ids.factsDigest(reading.facts());
            String subject = reading.facts().getId();
            // Nothing holds from a time to come: such a word would make all that is seen until then late.
            Instant told =
                    reading.effectiveAt() != null && reading.effectiveAt().isAfter(observedAt)
                            ? null
                            : reading.effectiveAt();
            Instant effective = told == null ? observedAt : told;
            return Observation.newBuilder()
                    .setId(Ids.observation(config.name(), scopeOrNull, subject, effective, digest))
                    .setKind(ObservationKind.MODEL)
                    .setSource(config.name())
                    .setScope(scopeOrNull)
                    .setSubject(subject)
                    .setObservedAt(observedAt)
                    .setEffectiveAt(told)
                    .setFactsDigest(digest)
                    .setConfidence(Confidence.DECLARED)
                    .setModel(reading.facts())
                    .setEvidence(reading.evidence())
                    .build();
        }

        private void mark(SweepOutcome outcome) {
            Instant completed = now();
            Observation marker = Observation.newBuilder()
                    .setId(Ids.digest(
                            "sweep", config.name(), scope, started.toString(), completed.toString(), outcome.name()))
                    .setKind(ObservationKind.SWEEP)
                    .setSource(config.name())
                    .setScope(scopeOrNull)
                    .setSubject(config.name())
                    .setObservedAt(completed)
                    .setSweep(Sweep.newBuilder()
                            .setStartedAt(started)
                            .setCompletedAt(completed)
                            .setOutcome(outcome)
                            .setError(error)
                            .setRemovalSweeps(config.removalSweeps())
                            .build())
                    .build();
            if (outcome == SweepOutcome.COMPLETE) {
                lastSubjects.put(scope, subjects);
            }
            published = published.and(publisher.publish(List.of(marker), cursor(completed, null, outcome)));
        }

        private Map<String, byte[]> cursor(Instant at, @Nullable String next, @Nullable SweepOutcome outcome) {
            Map<String, Object> cursor = new LinkedHashMap<>();
            cursor.put("startedAt", started.toString());
            cursor.put("at", at.toString());
            cursor.put("pages", pages);
            cursor.put("next", next == null ? "" : next);
            cursor.put("outcome", outcome == null ? "" : outcome.name());
            cursor.put("lastSubjects", lastSubjects.getOrDefault(scope, 0L));
            return Map.of(cursorKey(scope), JSON.writeValueAsBytes(cursor));
        }
    }

    private String cursorKey(@Nullable String scope) {
        return scope == null ? config.name() : config.name() + "|" + scope;
    }

    /** Times travel as milliseconds: a finer started would come back earlier or later than it was. */
    private Instant now() {
        return Instant.ofEpochMilli(clock.millis());
    }

    private static String shorten(String text) {
        return text.length() <= MAX_ERROR ? text : text.substring(0, text.offsetByCodePoints(0, MAX_ERROR / 2));
    }
}
