package io.modelwatch.bench.load;

import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ObservationKind;
import java.time.Instant;
import java.util.List;

/** Deployments that nobody has seen before and nobody has approved: each makes one alert. */
public final class Probes {

    private static final String SOURCE = "bench-probe";

    private Probes() {}

    /** Returns the name of a probe's deployment. */
    public static String deployment(int number) {
        return "probe-" + number;
    }

    /** Returns the observation of a probe that runs one model. */
    public static Observation observation(int number, String model, Instant observedAt) {
        DeploymentFacts facts = DeploymentFacts.newBuilder()
                .setId(deployment(number))
                .setType("internal")
                .setModels(List.of(DeployedModel.newBuilder()
                        .setId(model)
                        .setRole("primary")
                        .build()))
                .setHosting(List.of(Hosting.newBuilder()
                        .setProvider("azure")
                        .setCountry("NL")
                        .build()))
                .build();
        String digest = Ids.factsDigest(facts);
        return Observation.newBuilder()
                .setId(Ids.observation(SOURCE, null, facts.getId(), observedAt, digest))
                .setKind(ObservationKind.DEPLOYMENT)
                .setSource(SOURCE)
                .setSubject(facts.getId())
                .setObservedAt(observedAt)
                .setFactsDigest(digest)
                .setConfidence(Confidence.OBSERVED)
                .setDeployment(facts)
                .build();
    }
}
