package io.modelwatch.alerts;

import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Allows;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Component;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.Origin;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.ProcurementType;
import io.modelwatch.schemas.avro.ProvenanceChange;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/** Short forms of the facts that tests need. Days count from the first of January 2026. */
public final class Facts {

    public static final String D = "support-copilot";
    public static final String A = "pkg:huggingface/acme/a";
    public static final String B = "pkg:huggingface/acme/b";
    public static final String ID = "models.primary.id";

    static {
        // Loading the catalogue makes Avro trust the generated classes.
        Topics.all();
    }

    private Facts() {}

    public static Instant day(double day) {
        return Instant.parse("2026-01-01T00:00:00Z").plusMillis((long) (day * 86_400_000));
    }

    public static ProvenanceChange change(
            String id, ChangeKind kind, String field, String before, String after, double day) {
        return ProvenanceChange.newBuilder()
                .setId(id)
                .setKind(kind)
                .setField(field)
                .setBefore(json(before))
                .setAfter(json(after))
                .setEffectiveAt(day(day))
                .setObservedAt(day(day))
                .setCorrelationId("observation-of-" + id)
                .build();
    }

    public static ProvenanceChange swap(String id, String before, String after, double day) {
        ChangeKind kind = before == null
                ? ChangeKind.COMPONENT_ADDED
                : after == null ? ChangeKind.COMPONENT_REMOVED : ChangeKind.MODEL_SWAPPED;
        return change(id, kind, ID, before, after, day);
    }

    public static Component component(String model, String license, String... countries) {
        return Component.newBuilder()
                .setRole("primary")
                .setModel(model)
                .setLicense(license)
                .setOrigins(Stream.of(countries)
                        .map(country -> Origin.newBuilder()
                                .setModel(model)
                                .setCountry(country.isEmpty() ? null : country)
                                .build())
                        .toList())
                .build();
    }

    public static Hosting hosting(String country) {
        return Hosting.newBuilder().setProvider("azure").setCountry(country).build();
    }

    public static Mbom mbom(long revision, double day, String model, ProvenanceChange... changes) {
        return Mbom.newBuilder()
                .setDeployment(D)
                .setSerialNumber("urn:uuid:00000000-0000-0000-0000-000000000000")
                .setRevision(revision)
                .setAt(day(day))
                .setVendor("acme")
                .setOwner("cx-team")
                .setRemoved(model == null)
                .setComponents(model == null ? List.of() : List.of(component(model, "apache-2.0", "US")))
                .setHosting(List.of(hosting("NL")))
                .setChanges(List.of(changes))
                .setCorrelationId("observation")
                .build();
    }

    /** An approval of everything in the deployment, issued on a day and without end. */
    public static ProcurementEvent.Builder event(String id, ProcurementType type, double issued) {
        return ProcurementEvent.newBuilder()
                .setId(id)
                .setType(type)
                .setIssuedAt(day(issued))
                .setDeployment(type == ProcurementType.REVOCATION ? null : D)
                .setAllows(allows().build());
    }

    public static ProcurementEvent.Builder approval(String id, double issued) {
        return event(id, ProcurementType.APPROVAL, issued);
    }

    public static ProcurementEvent revocation(String of, double issued) {
        return event("revokes-" + of, ProcurementType.REVOCATION, issued)
                .setRevokes(of)
                .build();
    }

    public static Allows.Builder allows() {
        return Allows.newBuilder();
    }

    private static String json(String text) {
        return text == null ? null : text.startsWith("[") ? text : '"' + text + '"';
    }
}
