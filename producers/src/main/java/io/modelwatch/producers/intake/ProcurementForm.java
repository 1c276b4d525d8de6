package io.modelwatch.producers.intake;

import io.modelwatch.schemas.Canonical;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.Allows;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.ProcurementType;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Lines of procurement events. */
final class ProcurementForm {

    static final List<String> TYPES = List.of("approval", "contract", "change-ticket", "exception", "revocation");
    static final List<String> CHANGES = Arrays.stream(ChangeKind.values())
            // Nobody approves that a source sees nothing.
            .filter(kind -> kind != ChangeKind.UNKNOWN && kind != ChangeKind.SOURCE_BLIND)
            .map(kind -> kind.name().toLowerCase(Locale.ROOT))
            .toList();

    private ProcurementForm() {}

    static @Nullable ProcurementEvent read(Fields line, Instant latest) {
        if (!line.has("type")) {
            line.wrong("type", "required field is missing");
            return null;
        }
        String type = line.word("type", TYPES);
        if (type == null) {
            return null;
        }
        boolean revocation = type.equals("revocation");
        line.as(revocation ? Form.REVOCATION : Form.PROCUREMENT_EVENT);
        String id = line.id("id");
        Instant issuedAt = line.past("issuedAt", latest);
        ProcurementEvent.Builder event = ProcurementEvent.newBuilder()
                .setId(id == null ? "" : id)
                .setType(ProcurementType.valueOf(type.replace('-', '_').toUpperCase(Locale.ROOT)))
                .setValidFrom(line.time("validFrom"))
                .setApprover(line.text("approver"))
                .setReference(line.text("reference"));
        if (revocation) {
            String revokes = line.id("revokes");
            if (revokes != null && revokes.equals(id)) {
                line.wrong("revokes", "an event cannot revoke itself");
            }
            event.setRevokes(revokes).setAllows(new Allows(null, null, null, null, null));
        } else {
            event.setAllows(allows(line)).setOnce(line.flag("once")).setValidTo(line.time("validTo"));
            subject(line, event);
        }
        if (id == null || issuedAt == null) {
            return null;
        }
        Instant validFrom = event.getValidFrom() == null ? issuedAt : event.getValidFrom();
        Instant validTo = event.getValidTo();
        if (validTo != null && !validTo.isAfter(validFrom)) {
            line.wrong(
                    "validTo",
                    "must lie after " + (event.getValidFrom() == null ? "issuedAt" : "validFrom") + " (" + validFrom
                            + "), is " + validTo + ": it would never be in force");
        }
        ProcurementEvent built = event.setIssuedAt(issuedAt).build();
        built.setCorrelationId(Ids.digest(Canonical.json(content(built))));
        return built;
    }

    private static void subject(Fields line, ProcurementEvent.Builder event) {
        Fields subject = line.object("subject", Form.SUBJECT);
        if (subject == null) {
            return;
        }
        if (Form.SUBJECT.fields().stream().filter(subject::has).count() != 1) {
            subject.wrong("", "must name exactly one of deployment, vendor and model");
            return;
        }
        event.setDeployment(subject.deploymentId("deployment"))
                .setVendor(subject.id("vendor"))
                .setModel(subject.glob("model"));
        // Its one use is counted in one place, and that place is the deployment.
        if (event.getOnce() && !subject.has("deployment")) {
            line.wrong("once", "a one-time event must name a deployment as its subject");
        }
    }

    private static Allows allows(Fields line) {
        Fields allows = line.object("allows", Form.ALLOWS);
        return allows == null
                ? new Allows(null, null, null, null, null)
                : new Allows(
                        allows.globs("models"),
                        allows.countries("origins"),
                        allows.texts("licenses"),
                        allows.countries("countries"),
                        allows.words("changes", CHANGES));
    }

    /** Everything the event says, by sorted name: the same event has the same correlation id however it was spelt. */
    private static SortedMap<String, Object> content(ProcurementEvent event) {
        SortedMap<String, Object> content = new TreeMap<>();
        put(content, "id", event.getId());
        put(content, "type", event.getType().name());
        put(content, "issuedAt", event.getIssuedAt().toString());
        put(content, "deployment", event.getDeployment());
        put(content, "vendor", event.getVendor());
        put(content, "model", event.getModel());
        put(content, "allows.models", event.getAllows().getModels());
        put(content, "allows.origins", event.getAllows().getOrigins());
        put(content, "allows.licenses", event.getAllows().getLicenses());
        put(content, "allows.countries", event.getAllows().getCountries());
        put(content, "allows.changes", event.getAllows().getChanges());
        put(content, "once", event.getOnce());
        put(
                content,
                "validFrom",
                event.getValidFrom() == null ? null : event.getValidFrom().toString());
        put(
                content,
                "validTo",
                event.getValidTo() == null ? null : event.getValidTo().toString());
        put(content, "approver", event.getApprover());
        put(content, "reference", event.getReference());
        put(content, "revokes", event.getRevokes());
        return content;
    }

    private static void put(SortedMap<String, Object> content, String name, @Nullable Object value) {
        if (value != null) {
            content.put(name, value);
        }
    }
}
