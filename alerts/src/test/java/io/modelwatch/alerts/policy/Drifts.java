package io.modelwatch.alerts.policy;

import static io.modelwatch.alerts.Facts.A;
import static io.modelwatch.alerts.Facts.D;

import io.modelwatch.alerts.Facts;
import io.modelwatch.alerts.verdict.Judgement;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.DriftState;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.KnownAncestor;
import io.modelwatch.schemas.avro.KnownModel;
import io.modelwatch.schemas.avro.Origin;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.RunningComponent;
import io.modelwatch.schemas.avro.TrackedChange;
import io.modelwatch.schemas.avro.Verdict;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** One drift of a deployment that runs one model: what policies are asked about. */
final class Drifts {

    private final ProvenanceChange change;
    private final KnownModel.Builder model =
            KnownModel.newBuilder().setLicense("apache-2.0").setOrigins(List.of(origin("US")));
    private final RunningComponent component =
            RunningComponent.newBuilder().setRole("primary").setModel(A).build();
    private List<Hosting> hosting = List.of(Facts.hosting("NL"));
    private Verdict verdict = Verdict.UNAPPROVED;
    private boolean baseline;
    private boolean disclosed;

    private Drifts(ProvenanceChange change) {
        this.change = change;
    }

    /** The change becomes known on the first of January 2026; values are JSON. */
    static Drifts of(ChangeKind kind, String field, String before, String after) {
        ProvenanceChange change = Facts.change("c1", kind, field, null, null, 0);
        change.setBefore(before);
        change.setAfter(after);
        return new Drifts(change);
    }

    static Drifts swap() {
        return of(ChangeKind.MODEL_SWAPPED, Facts.ID, "\"" + Facts.B + "\"", "\"" + A + "\"");
    }

    Drifts license(String license) {
        model.setLicense(license);
        return this;
    }

    Drifts origins(String... countries) {
        model.setOrigins(Stream.of(countries).map(Drifts::origin).toList());
        return this;
    }

    Drifts ancestor(String license) {
        model.setAncestors(List.of(KnownAncestor.newBuilder()
                .setId("pkg:huggingface/base/model")
                .setRelation("finetune")
                .setLicense(license)
                .build()));
        return this;
    }

    Drifts routed(String requested, String served) {
        component.setRequested(requested);
        component.setServed(served);
        return this;
    }

    Drifts hosted(String... countries) {
        hosting = Stream.of(countries).map(Facts::hosting).toList();
        return this;
    }

    Drifts judged(Verdict verdict) {
        this.verdict = verdict;
        return this;
    }

    Drifts first() {
        baseline = true;
        return this;
    }

    Drifts announced() {
        disclosed = true;
        return this;
    }

    DriftState state() {
        return DriftState.newBuilder()
                .setDeployment(D)
                .setType("copilot")
                .setVendor("acme")
                .setOwner("cx-team")
                .setModels(new HashMap<>(Map.of(A, model.build())))
                .setComponents(List.of(component))
                .build();
    }

    Judgement judgement() {
        TrackedChange tracked = TrackedChange.newBuilder()
                .setChange(change)
                .setBaseline(baseline)
                .setConcerned(List.of(A))
                .setHosting(hosting)
                .build();
        return new Judgement(tracked, verdict, disclosed, true, false, null, null, null, List.of());
    }

    /** What a set of policies says of it, with neither grace nor accepted baseline by default. */
    Decision by(PolicySet policies) {
        return policies.decide(state(), judgement(), Facts.day(0), Duration.ZERO, false);
    }

    private static Origin origin(String country) {
        return Origin.newBuilder()
                .setModel("pkg:huggingface/root/" + country)
                .setCountry(country.isEmpty() ? null : country)
                .build();
    }
}
