package io.modelwatch.streams.inference;

import io.modelwatch.schemas.ReservedSources;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.schemas.avro.SourceClaim;
import io.modelwatch.schemas.avro.SubjectFacts;
import io.modelwatch.schemas.avro.SubjectKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is known of one model, for tests: turns into the record that the changes topology would write. */
record Known(
        String id,
        boolean gone,
        List<ParentRef> parents,
        Map<String, Object> attributes,
        @Nullable Observation inferred) {

    private static final Instant START = Instant.parse("2026-03-01T10:00:00Z");

    static String url(String name) {
        return "pkg:huggingface/" + name;
    }

    static Known model(String name, String... parents) {
        return new Known(
                url(name),
                false,
                Arrays.stream(parents)
                        .map(parent -> new ParentRef(url(parent), "finetune"))
                        .toList(),
                Map.of(),
                null);
    }

    /** What a host lists, {@code <vendor>/<id>}, with what its list says beside it. */
    static Known hosted(String listed, Map<String, Object> attributes) {
        return new Known("pkg:generic/" + listed, false, List.of(), attributes, null);
    }

    static Known gone(String name) {
        return new Known(url(name), true, List.of(), Map.of(), null);
    }

    Known with(Map<String, Object> others) {
        return new Known(id, gone, parents, others, inferred);
    }

    /** With the claim that the changes topology makes of a verdict. */
    Known with(Observation verdict) {
        return new Known(id, gone, parents, attributes, verdict);
    }

    ModelFacts facts() {
        return ModelFacts.newBuilder()
                .setId(id)
                .setParents(parents)
                .setAttributes(attributes)
                .build();
    }

    SubjectFacts at(int seconds) {
        List<SourceClaim> claims = new ArrayList<>();
        if (!gone) {
            claims.add(claim("huggingface", Confidence.DECLARED, facts(), START.plusSeconds(seconds)));
        }
        if (inferred != null) {
            claims.add(claim(
                    ReservedSources.INFERENCE, Confidence.INFERRED, inferred.getModel(), inferred.getObservedAt()));
        }
        return SubjectFacts.newBuilder()
                .setSubject(id)
                .setKind(SubjectKind.MODEL)
                .setClaims(claims)
                .setCorrelationId("c" + seconds)
                .build();
    }

    private static SourceClaim claim(String source, Confidence confidence, ModelFacts facts, Instant at) {
        return SourceClaim.newBuilder()
                .setSource(source)
                .setObservationId(source + at)
                .setObservedAt(at)
                .setConfidence(confidence)
                .setModel(facts)
                .build();
    }
}
