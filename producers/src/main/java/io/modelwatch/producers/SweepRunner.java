package io.modelwatch.producers;

import io.modelwatch.producers.publish.FactsLimit;
import io.modelwatch.producers.publish.PublishException;
import io.modelwatch.producers.publish.Published;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.producers.source.AnnouncingSource;
import io.modelwatch.producers.source.DeploymentReading;
import io.modelwatch.producers.source.IncrementalSource;
import io.modelwatch.producers.source.IncrementalSource.Pass;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.producers.source.Pages;
import io.modelwatch.producers.source.Reading;
import io.modelwatch.producers.source.Source;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.producers.source.WatchingSource;
import io.modelwatch.schemas.Canonical;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ObservationKind;
import io.modelwatch.schemas.avro.Sweep;
import io.modelwatch.schemas.avro.SweepOutcome;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One pass over one source: reads, publishes page by page, marks the end of each scope, tells the source's health. */
final class SweepRunner extends Sweeper {

    private static final Logger LOGGER = LoggerFactory.getLogger(SweepRunner.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** A list that shrank by too much removes nothing by itself. */
    private static final int HELD_SWEEPS = 2;

    private final Source source;
    private final Announcements announcements;

    /** Subjects of the last complete sweep, by scope. */
    private final Map<String, Long> lastSubjects = new HashMap<>();

    /** What the last complete sweep saw, in one digest, by scope. */
    private final Map<String, String> lastSeen = new HashMap<>();

    /** From where a pass over what changed goes on, by scope; nothing where the next pass must be a whole one. */
    private final Map<String, String> marks = new HashMap<>();

    SweepRunner(
            SourceConfig config,
            Source source,
            Publisher publisher,
            InstantSource clock,
            Supplier<@Nullable Instant> nextSweep,
            Map<String, byte[]> cursors) {
        super(config, publisher, clock, nextSweep, cursors);
        this.source = source;
        this.announcements = announcements(cursors);
        for (String scope : source.scopes()) {
            byte[] cursor = cursors.get(cursorKey(scope));
            if (cursor != null) {
                restore(scope, cursor);
            }
        }
    }

    private void restore(String scope, byte[] cursor) {
        try {
            JsonNode node = JSON.readTree(cursor);
            lastSubjects.put(scope, node.path("lastSubjects").asLong(0));
            lastSeen.put(scope, node.path("seen").asString(""));
            remember(scope, node.path("mark").asString(""));
        } catch (JacksonException e) {
            LOGGER.atWarn().addKeyValue("source", config.name()).log("Cursor not readable; the scope starts anew");
        }
    }

    private void remember(String scope, @Nullable String mark) {
        if (mark == null || mark.isEmpty()) {
            marks.remove(scope);
        } else {
            marks.put(scope, mark);
        }
    }

    @Override
    void close() {
        if (source instanceof WatchingSource watching) {
            watching.unwatch();
        }
    }

    /** Sweeps every scope. */
    @Override
    SweepReport sweep(Instant started) throws InterruptedException {
        Published published = Published.NOTHING;
        long subjects = 0;
        int complete = 0;
        int failed = 0;
        int dark = 0;
        boolean changed = false;
        List<String> scopes = source.scopes();
        List<String> errors = new ArrayList<>();
        String badScope = null;
        for (String scope : scopes) {
            ScopeSweep sweep = new ScopeSweep(scope);
            SweepOutcome outcome = sweep.run();
            published = published.and(sweep.published);
            subjects += sweep.subjects;
            changed |= sweep.changed;
            complete += outcome == SweepOutcome.COMPLETE ? 1 : 0;
            failed += outcome == SweepOutcome.FAILED ? 1 : 0;
            dark += outcome != SweepOutcome.COMPLETE && sweep.error != null && sweep.subjects == 0 ? 1 : 0;
            if (sweep.error != null) {
                badScope = scope.isEmpty() ? null : scope;
                errors.add(scope.isEmpty() ? sweep.error : scope + ": " + sweep.error);
            }
        }
        if (source instanceof AnnouncingSource announcing) {
            published = published.and(announcements.publish(announcing.announced()));
        }
        // A pass over what changed alone is partial, and yet nothing is wrong with it.
        SweepOutcome outcome = complete == scopes.size()
                ? SweepOutcome.COMPLETE
                : failed == scopes.size() ? SweepOutcome.FAILED : SweepOutcome.PARTIAL;
        String error = errors.isEmpty() ? null : Health.shorten(String.join("; ", errors));
        // Whoever reads a list and finds nothing in it is as blind as one who cannot read it.
        published =
                published.and(tellHealth(started, outcome, dark == scopes.size(), changed, subjects, error, badScope));
        LOGGER.atInfo()
                .addKeyValue("source", config.name())
                .addKeyValue("outcome", outcome)
                .addKeyValue("subjects", subjects)
                .addKeyValue("error", error)
                .log("Swept");
        return new SweepReport(config.name(), outcome, subjects, error, published);
    }

    /** One pass over one scope. */
    private final class ScopeSweep implements Pages {
        private final String scope;
        private final @Nullable String scopeOrNull;
        private final Instant started = now();
        private Published published = Published.NOTHING;
        private long subjects;
        private int pages;
        private @Nullable String error;
        private @Nullable String tooLarge;
        private boolean emptied;
        private int removalSweeps = config.removalSweeps();
        private boolean changed;

        /** The same whatever the order of the pages. */
        private long seen;

        ScopeSweep(String scope) {
            this.scope = scope;
            this.scopeOrNull = scope.isEmpty() ? null : scope;
        }

        SweepOutcome run() throws InterruptedException {
            SweepOutcome outcome;
            String mark = marks.get(scope);
            try {
                Pass pass = source instanceof IncrementalSource incremental
                        ? incremental.pass(scope, mark, this)
                        : new Pass(source.sweep(scope, this), true, null);
                error = pass.left();
                mark = pass.mark();
                outcome = error == null && pass.whole() ? SweepOutcome.COMPLETE : SweepOutcome.PARTIAL;
            } catch (SourceException e) {
                if (stopping()) {
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
            if (tooLarge != null && error == null) {
                error = tooLarge;
                outcome = SweepOutcome.PARTIAL;
            }
            long before = lastSubjects.getOrDefault(scope, 0L);
            if (outcome == SweepOutcome.COMPLETE && subjects == 0 && before > 0 && !emptied) {
                error = "nothing is listed, where the last complete sweep saw " + before + ": removes nothing";
                outcome = SweepOutcome.PARTIAL;
                mark = marks.get(scope);
            }
            if (outcome == SweepOutcome.COMPLETE && subjects * 100 < before * (100 - config.shrinkHold())) {
                removalSweeps = Math.max(removalSweeps, HELD_SWEEPS);
                error = "lists " + subjects + " where the complete sweep before saw " + before
                        + ": what is missing is removed once another sweep misses it too";
            }
            if (error != null) {
                error = Health.shorten(error);
            }
            changed = outcome == SweepOutcome.COMPLETE
                    ? !seen().equals(lastSeen.get(scope))
                    // Of a pass over what changed its mark says whether something did.
                    : outcome == SweepOutcome.PARTIAL && error == null && !Objects.equals(mark, marks.get(scope));
            mark(outcome, mark);
            // Only now: what the topics did not take must be read again.
            remember(scope, mark);
            return outcome;
        }

        @Override
        public void emptied() {
            emptied = true;
        }

        @Override
        public void page(List<? extends Reading> readings, @Nullable String next) {
            Instant observedAt = now();
            pages++;
            List<Observation> observations = readings.stream()
                    .filter(this::fits)
                    .map(reading -> observation(reading, observedAt))
                    .toList();
            subjects += observations.size();
            published =
                    published.and(publisher.publish(observations, cursor(observedAt, next, null, marks.get(scope))));
        }

        private String seen() {
            return subjects + "-" + Long.toHexString(seen);
        }

        private boolean fits(Reading reading) {
            boolean fits = FactsLimit.holds(
                    switch (reading) {
                        case ModelReading model -> Canonical.fields(model.facts());
                        case DeploymentReading deployment -> Canonical.fields(deployment.facts());
                    });
            if (!fits) {
                tooLarge = "left out for its size (more than " + FactsLimit.MAX_CHARACTERS + " characters of facts): "
                        + reading.subject();
            }
            return fits;
        }

        private Observation observation(Reading reading, Instant observedAt) {
            // Nothing holds from a time to come: such a word would make all that is seen until then late.
            Instant told =
                    reading.effectiveAt() != null && reading.effectiveAt().isAfter(observedAt)
                            ? null
                            : reading.effectiveAt();
            Instant effective = told == null ? observedAt : told;
            Observation.Builder observation = Observation.newBuilder();
            String digest =
                    switch (reading) {
                        case ModelReading model -> {
                            observation.setKind(ObservationKind.MODEL).setModel(model.facts());
                            yield Ids.factsDigest(model.facts());
                        }
                        case DeploymentReading deployment -> {
                            observation.setKind(ObservationKind.DEPLOYMENT).setDeployment(deployment.facts());
                            yield Ids.factsDigest(deployment.facts());
                        }
                    };
            seen += Long.parseUnsignedLong(Ids.digest(reading.subject(), digest), 0, 16, 16);
            return observation
                    .setId(Ids.observation(config.name(), scopeOrNull, reading.subject(), effective, digest))
                    .setSource(config.name())
                    .setScope(scopeOrNull)
                    .setSubject(reading.subject())
                    .setObservedAt(observedAt)
                    .setEffectiveAt(told)
                    .setFactsDigest(digest)
                    .setConfidence(reading.confidence())
                    .setEvidence(reading.evidence())
                    .build();
        }

        private void mark(SweepOutcome outcome, @Nullable String mark) {
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
                            .setRemovalSweeps(removalSweeps)
                            .build())
                    .build();
            if (outcome == SweepOutcome.COMPLETE) {
                lastSubjects.put(scope, subjects);
                lastSeen.put(scope, seen());
            }
            published = published.and(publisher.publish(List.of(marker), cursor(completed, null, outcome, mark)));
        }

        private Map<String, byte[]> cursor(
                Instant at, @Nullable String next, @Nullable SweepOutcome outcome, @Nullable String mark) {
            Map<String, Object> cursor = new LinkedHashMap<>();
            cursor.put("startedAt", started.toString());
            cursor.put("at", at.toString());
            cursor.put("pages", pages);
            cursor.put("next", next == null ? "" : next);
            cursor.put("outcome", outcome == null ? "" : outcome.name());
            cursor.put("lastSubjects", lastSubjects.getOrDefault(scope, 0L));
            cursor.put("seen", lastSeen.getOrDefault(scope, ""));
            cursor.put("mark", mark == null ? "" : mark);
            return Map.of(cursorKey(scope), JSON.writeValueAsBytes(cursor));
        }
    }
}
