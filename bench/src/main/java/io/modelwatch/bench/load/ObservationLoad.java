package io.modelwatch.bench.load;

import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ObservationKind;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.schemas.avro.Sweep;
import io.modelwatch.schemas.avro.SweepOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;

/**
 * A stream of observations as a hub's poller makes them: sweep after sweep over the same models in one order, a share
 * of which changed since the sweep before, each sweep closed by its marker.
 *
 * @param subjects number of models
 * @param observations number of observations in all, a whole number of sweeps
 * @param changed share of observations that differ from the one before, 0 to 1
 * @param seed seed of the choice of what changes
 */
public record ObservationLoad(int subjects, int observations, double changed, long seed) {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration EVERY = Duration.ofMinutes(15);
    private static final Duration SWEEP = Duration.ofMinutes(10);

    /** Source of all of it. */
    public static final String SOURCE = "bench";

    /** Checks that it is whole sweeps. */
    public ObservationLoad {
        if (subjects < 1 || observations < subjects || observations % subjects != 0) {
            throw new IllegalArgumentException(observations + " observations of " + subjects
                    + " subjects: give a whole number of sweeps, for example 2000000 of 100000");
        }
        if (!(changed >= 0 && changed <= 1)) {
            throw new IllegalArgumentException("a share of " + changed + " changed: give one from 0 to 1");
        }
    }

    /**
     * Generates the stream; {@code marker} receives each sweep's end.
     *
     * @return the number of changes in it: one for each first sight, one for each new revision
     */
    public long generate(Consumer<Observation> observation, Consumer<Observation> marker) {
        return generateCounted((one, changes) -> observation.accept(one), marker);
    }

    /**
     * Generates it too; {@code observation} is told with each how many changes there are up to it.
     *
     * @return the number of changes in it
     */
    public long generateCounted(ObjLongConsumer<Observation> observation, Consumer<Observation> marker) {
        Random random = new Random(seed);
        int[] revision = new int[subjects];
        long changes = subjects;
        for (int sweep = 0; sweep < sweeps(); sweep++) {
            Instant startedAt = START.plus(EVERY.multipliedBy(sweep));
            for (int i = 0; i < subjects; i++) {
                if (sweep > 0 && random.nextDouble() < changed) {
                    revision[i]++;
                    changes++;
                }
                observation.accept(
                        model(i, revision[i], startedAt.plusMillis(1 + i * SWEEP.toMillis() / subjects)), changes);
            }
            marker.accept(sweep(startedAt, startedAt.plus(SWEEP)));
        }
        return changes;
    }

    /** Returns its number of sweeps. */
    public int sweeps() {
        return observations / subjects;
    }

    /** Returns the id of a model. */
    public static String subject(int i) {
        return "pkg:huggingface/author" + i % 997 + "/model-" + i;
    }

    /**
     * Returns one observation of a model, whether it is among the subjects or not.
     *
     * @param revision another one is a change
     */
    public static Observation model(int i, int revision, Instant observedAt) {
        String id = subject(i);
        ModelFacts facts = ModelFacts.newBuilder()
                .setId(id)
                .setRevision(Ids.digest("revision", id, Integer.toString(revision)))
                .setAuthor("author" + i % 997)
                .setOwnerId(Ids.digest("owner", Integer.toString(i % 997)))
                .setParents(List.of(new ParentRef("pkg:huggingface/base/model-" + i % 50, "finetune")))
                .setLicense("apache-2.0")
                .setDatasets(List.of("dataset/a", "dataset/b"))
                .setAttributes(Map.of(
                        "pipeline_tag", "text-generation", "gated", false, "library", "transformers", "parameters", 7L))
                .build();
        String digest = Ids.factsDigest(facts);
        return Observation.newBuilder()
                .setId(Ids.observation(SOURCE, null, id, observedAt, digest))
                .setKind(ObservationKind.MODEL)
                .setSource(SOURCE)
                .setSubject(id)
                .setObservedAt(observedAt)
                .setFactsDigest(digest)
                .setConfidence(Confidence.DECLARED)
                .setModel(facts)
                .build();
    }

    private static Observation sweep(Instant startedAt, Instant completedAt) {
        return Observation.newBuilder()
                .setId(Ids.digest("sweep", SOURCE, startedAt.toString()))
                .setKind(ObservationKind.SWEEP)
                .setSource(SOURCE)
                .setSubject(SOURCE)
                .setObservedAt(completedAt)
                .setSweep(Sweep.newBuilder()
                        .setStartedAt(startedAt)
                        .setCompletedAt(completedAt)
                        .setOutcome(SweepOutcome.COMPLETE)
                        .build())
                .build();
    }
}
