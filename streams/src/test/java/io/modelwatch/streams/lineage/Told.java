package io.modelwatch.streams.lineage;

import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.schemas.avro.SourceClaim;
import io.modelwatch.schemas.avro.SubjectFacts;
import io.modelwatch.schemas.avro.SubjectKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What was last said of one model, for tests: turns into the record that the changes topology would write. */
record Told(
        String id,
        boolean removed,
        List<ParentRef> parents,
        Confidence confidence,
        String license,
        List<String> datasets,
        String ownerId,
        int serial) {

    private static final Instant START = Instant.parse("2026-03-01T10:00:00Z");

    static Told model(int serial, String id, String license, String... parents) {
        List<ParentRef> refs = new ArrayList<>();
        for (String parent : parents) {
            int at = parent.indexOf(' ');
            refs.add(
                    at < 0
                            ? new ParentRef(parent, "finetune")
                            : new ParentRef(parent.substring(at + 1), parent.substring(0, at)));
        }
        return new Told(id, false, refs, Confidence.DECLARED, license, List.of(), null, serial);
    }

    static Told gone(int serial, String id) {
        return new Told(id, true, List.of(), Confidence.UNRESOLVED, null, List.of(), null, serial);
    }

    Told ownedBy(String owner) {
        return new Told(id, removed, parents, confidence, license, datasets, owner, serial);
    }

    Told with(Confidence other) {
        return new Told(id, removed, parents, other, license, datasets, ownerId, serial);
    }

    Told with(List<String> others) {
        return new Told(id, removed, parents, confidence, license, others, ownerId, serial);
    }

    String changeId() {
        return "change-" + serial;
    }

    SubjectFacts facts() {
        Instant at = START.plusSeconds(serial);
        List<SourceClaim> claims = removed
                ? List.of()
                : List.of(SourceClaim.newBuilder()
                        .setSource("hub")
                        .setObservationId("observation-" + serial)
                        .setObservedAt(at)
                        .setConfidence(confidence)
                        .setModel(ModelFacts.newBuilder()
                                .setId(id)
                                .setLicense(license)
                                .setParents(parents)
                                .setDatasets(datasets)
                                .setOwnerId(ownerId)
                                .build())
                        .build());
        return SubjectFacts.newBuilder()
                .setSubject(id)
                .setKind(SubjectKind.MODEL)
                .setClaims(claims)
                .setChanges(List.of(Change.newBuilder()
                        .setId(changeId())
                        .setSubject(id)
                        .setKind(removed ? ChangeKind.REMOVED : ChangeKind.APPEARED)
                        .setSource("hub")
                        .setEffectiveAt(at)
                        .setObservedAt(at)
                        .setCorrelationId("observation-" + serial)
                        .build()))
                .setCorrelationId("observation-" + serial)
                .build();
    }
}
