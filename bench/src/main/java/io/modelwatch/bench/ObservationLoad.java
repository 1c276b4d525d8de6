package io.modelwatch.bench;

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

/**
 * A stream of observations as a hub's poller makes them: sweep after sweep over the same models in one order, a share
 * of which changed since the sweep before, each sweep closed by its marker.
 *
 * @param subjects number of models
 * @param observations number of observations in all, a whole number of sweeps
 * @param changed share of observations that differ from the one before, 0 to 1
 * @param seed seed of the choice of what changes
 */
record ObservationLoad(int subjects, int observations, double changed, long seed) {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final String SOURCE = "bench";

    /** Generates the stream; {@code marker} receives each sweep's end. */
    void generate(Consumer<Observation> observation, Consumer<Observation> marker) {
        Random random = new Random(seed);
        int[] revision = new int[subjects];
        int sweeps = observations / subjects;
        for (int sweep = 0; sweep < sweeps; sweep++) {
            Instant startedAt = START.plus(Duration.ofMinutes(15L * sweep));
            for (int i = 0; i < subjects; i++) {
                if (sweep > 0 && random.nextDouble() < changed) {
                    revision[i]++;
                }
                observation.accept(model(i, revision[i], startedAt.plusMillis(1 + i / 1000)));
            }
            marker.accept(sweep(startedAt, startedAt.plusSeconds(60)));
        }
    }

    private static Observation model(int i, int revision, Instant observedAt) {
        String id = "pkg:huggingface/author" + i % 997 + "/model-" + i;
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
