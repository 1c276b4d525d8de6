package io.modelwatch.alerts.drift;

import io.modelwatch.alerts.verdict.Judgement;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Ancestor;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Component;
import io.modelwatch.schemas.avro.DriftState;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.Origin;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.Verdict;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A change as the API told it, as the topology would see it again: what policies can be tried on.
 *
 * @param state what is known of its deployment
 * @param judgement the change with its verdict
 */
public record RecordedChange(DriftState state, Judgement judgement) {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String HOSTING = "hosting";

    static {
        // Loading the catalogue makes Avro trust the generated classes: a command has touched nothing else of it.
        Topics.all();
    }

    /**
     * Reads the JSON forms of a verdict and of a bill.
     *
     * @param bill the deployment's MBOM as it was known when the change had become known; null where there is none, and then
     *     vendor, owner, models and hosting are empty
     * @throws IllegalArgumentException if the verdict lacks something or holds what is no verdict; the message says what
     */
    public static RecordedChange of(JsonNode verdict, @Nullable JsonNode bill) {
        ProvenanceChange change = ProvenanceChange.newBuilder()
                .setId(required(verdict, "changeId"))
                .setKind(word(ChangeKind.class, required(verdict, "kind"), "kind"))
                .setField(required(verdict, "field"))
                .setBefore(json(verdict.path("before")))
                .setAfter(json(verdict.path("after")))
                .setEffectiveAt(time(verdict, "effectiveAt"))
                .setObservedAt(time(verdict, "observedAt"))
                .setCorrelationId("")
                .build();
        DriftState state = DriftStates.empty(required(verdict, "deployment"));
        Mbom mbom = mbom(state.getDeployment(), change, bill);
        DriftStates.learn(state, mbom, model -> null);
        Judgement judgement = new Judgement(
                state.getChanges().getFirst(),
                word(Verdict.class, required(verdict, "verdict"), "verdict"),
                verdict.path("disclosed").asBoolean(false),
                verdict.path("live").asBoolean(true),
                false,
                optional(verdict, "by"),
                null,
                null,
                List.of());
        return new RecordedChange(state, judgement);
    }

    /** Returns whether it is no drift: nothing is raised for it, whatever policies say. */
    public boolean approved() {
        return judgement.approved();
    }

    /** Returns when it became known. */
    public Instant observedAt() {
        return judgement.tracked().getChange().getObservedAt();
    }

    private static Mbom mbom(String deployment, ProvenanceChange change, @Nullable JsonNode bill) {
        JsonNode known = bill == null ? JSON.createObjectNode() : bill;
        List<Component> components = new ArrayList<>();
        known.path("components").forEach(component -> components.add(component(component)));
        List<Hosting> hosting = new ArrayList<>();
        // A move says itself where the deployment went, whatever the bill says of a later time.
        JsonNode places = change.getField().equals(HOSTING) ? read(change.getAfter()) : known.path(HOSTING);
        places.forEach(place -> hosting.add(Hosting.newBuilder()
                .setProvider(optional(place, "provider"))
                .setRegion(optional(place, "region"))
                .setCountry(optional(place, "country"))
                .build()));
        return Mbom.newBuilder()
                .setDeployment(deployment)
                .setSerialNumber("")
                // Without a bill nothing says that it was the first sighting.
                .setRevision(known.path("revision").asLong(2))
                .setAt(change.getObservedAt())
                .setType(optional(known, "type"))
                .setVendor(optional(known, "vendor"))
                .setOwner(optional(known, "owner"))
                .setComponents(components)
                .setHosting(hosting)
                .setChanges(List.of(change))
                .setCorrelationId("")
                .build();
    }

    private static Component component(JsonNode component) {
        List<Origin> origins = new ArrayList<>();
        component
                .path("origins")
                .forEach(origin -> origins.add(Origin.newBuilder()
                        .setModel(origin.path("model").asString(""))
                        .setOrganization(optional(origin, "organization"))
                        .setCountry(optional(origin, "country"))
                        .build()));
        List<Ancestor> ancestry = new ArrayList<>();
        component
                .path("ancestry")
                .forEach(ancestor -> ancestry.add(Ancestor.newBuilder()
                        .setId(ancestor.path("id").asString(""))
                        .setRelation(ancestor.path("relation").asString("unknown"))
                        .setDepth(ancestor.path("depth").asInt(1))
                        .setLicense(optional(ancestor, "license"))
                        .build()));
        return Component.newBuilder()
                .setRole(component.path("role").asString(""))
                .setModel(component.path("model").asString(""))
                .setRevision(optional(component, "revision"))
                .setRequested(optional(component, "requested"))
                .setServed(optional(component, "served"))
                .setLicense(optional(component, "license"))
                .setOrigins(origins)
                .setAncestry(ancestry)
                .build();
    }

    private static String required(JsonNode node, String field) {
        String text = optional(node, field);
        if (text == null) {
            throw new IllegalArgumentException(
                    field + " is missing: is this a verdict, as `modelwatch verdicts --format" + " jsonl` prints it?");
        }
        return text;
    }

    private static @Nullable String optional(JsonNode node, String field) {
        JsonNode value = node.path(field);
        return value.isString() ? value.stringValue() : null;
    }

    private static @Nullable String json(JsonNode value) {
        return value.isMissingNode() || value.isNull() ? null : value.toString();
    }

    private static JsonNode read(@Nullable String json) {
        try {
            return json == null ? JSON.createObjectNode() : JSON.readTree(json);
        } catch (JacksonException e) {
            return JSON.createObjectNode();
        }
    }

    private static Instant time(JsonNode node, String field) {
        try {
            return Instant.parse(required(node, field));
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(field + " is no time such as 2026-03-01T10:00:00Z", e);
        }
    }

    private static <E extends Enum<E>> E word(Class<E> type, String text, String field) {
        try {
            return Enum.valueOf(type, text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(field + ": '" + text + "' is none", e);
        }
    }
}
