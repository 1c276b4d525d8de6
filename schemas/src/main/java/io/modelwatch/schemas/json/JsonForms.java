package io.modelwatch.schemas.json;

import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertGroup;
import io.modelwatch.schemas.avro.Ancestor;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeVerdict;
import io.modelwatch.schemas.avro.Claim;
import io.modelwatch.schemas.avro.Component;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.DisclosedModel;
import io.modelwatch.schemas.avro.Disclosure;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.JudgedChange;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.NearestProcurement;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.Origin;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.ProcurementRef;
import io.modelwatch.schemas.avro.ProcurementType;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.SourceCondition;
import io.modelwatch.schemas.avro.SourceHealth;
import io.modelwatch.schemas.avro.Sweep;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Avro records in the contract's JSON forms, fields in the contract's order. What is absent in the record is absent in
 * the form; times are RFC 3339 in UTC. The forms of observations and procurement events are those that
 * {@code observe} and {@code procure} read.
 */
public final class JsonForms {

    /** Decimals keep every digit: a price of 0.00000015 must not come back as another one. */
    private static final JsonMapper VALUES = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private JsonForms() {}

    /** Returns the form of a change. */
    public static ObjectNode change(Change change) {
        ObjectNode form = NODES.objectNode();
        form.put("id", change.getId());
        form.put("subject", change.getSubject());
        form.put("kind", change.getKind().name());
        text(form, "field", change.getField());
        value(form, "before", change.getBefore());
        value(form, "after", change.getAfter());
        if (!change.getPath().isEmpty()) {
            steps(form.putArray("path"), change.getPath());
        }
        form.put("source", change.getSource());
        time(form, "effectiveAt", change.getEffectiveAt());
        time(form, "observedAt", change.getObservedAt());
        form.put("correlationId", change.getCorrelationId());
        if (change.getConfidence() == Confidence.INFERRED) {
            // A guess is never shown without its mark.
            form.put("confidence", lower(change.getConfidence()));
        }
        evidence(form, change.getEvidence());
        return form;
    }

    /** Returns one form an ancestor, nearest first. */
    public static List<ObjectNode> lineage(Lineage lineage) {
        return lineage.getAncestry().stream()
                .map(ancestor -> {
                    ObjectNode form = NODES.objectNode();
                    form.put("model", lineage.getModel());
                    form.put("ancestor", ancestor.getId());
                    form.put("depth", ancestor.getDepth());
                    steps(form.putArray("path"), ancestor.getPath());
                    form.put("confidence", lower(ancestor.getConfidence()));
                    return form;
                })
                .toList();
    }

    /** Returns everything that a record says of a model and its ancestors, in one document. */
    public static ObjectNode ancestry(Lineage lineage) {
        ObjectNode form = NODES.objectNode();
        form.put("model", lineage.getModel());
        form.put("known", lineage.getKnown());
        form.put("removed", lineage.getRemoved());
        text(form, "license", lineage.getLicense());
        texts(form.putArray("datasets"), lineage.getDatasets());
        text(form, "ownerId", lineage.getOwnerId());
        steps(form.putArray("parents"), lineage.getParents());
        form.put("root", lineage.getRoot());
        form.put("confidence", lower(lineage.getConfidence()));
        origins(form, lineage.getOrigins());
        ArrayNode ancestry = form.putArray("ancestry");
        for (Ancestor ancestor : lineage.getAncestry()) {
            ObjectNode one = ancestor(ancestry, ancestor);
            one.put("confidence", lower(ancestor.getConfidence()));
            one.put("known", ancestor.getKnown());
            one.put("removed", ancestor.getRemoved());
            text(one, "license", ancestor.getLicense());
            texts(one.putArray("datasets"), ancestor.getDatasets());
            text(one, "ownerId", ancestor.getOwnerId());
            one.put("root", ancestor.getRoot());
            one.put("cyclic", ancestor.getCyclic());
            one.put("truncated", ancestor.getTruncated());
        }
        texts(form.putArray("cycle"), lineage.getCycle());
        form.put("truncated", lineage.getTruncated());
        form.put("correlationId", lineage.getCorrelationId());
        return form;
    }

    /** Returns the form of one revision of an MBOM. */
    public static ObjectNode mbom(Mbom mbom) {
        ObjectNode form = NODES.objectNode();
        form.put("deployment", mbom.getDeployment());
        form.put("serialNumber", mbom.getSerialNumber());
        form.put("revision", mbom.getRevision());
        time(form, "at", mbom.getAt());
        text(form, "cause", mbom.getCause());
        texts(form.putArray("changed"), mbom.getChanged());
        ArrayNode components = form.putArray("components");
        mbom.getComponents().forEach(component -> components.add(component(component)));
        hosting(form, mbom.getHosting());
        text(form, "vendor", mbom.getVendor());
        text(form, "owner", mbom.getOwner());
        text(form, "type", mbom.getType());
        mark(form, "removed", mbom.getRemoved());
        ArrayNode claims = form.putArray("claims");
        mbom.getClaims().forEach(claim -> claims.add(claim(claim)));
        return form;
    }

    /** Returns the form of an alert; its changes are in the form of a verdict. */
    public static ObjectNode alert(Alert alert) {
        ObjectNode form = NODES.objectNode();
        form.put("id", alert.getId());
        form.put("deployment", alert.getDeployment());
        ArrayNode kinds = form.putArray("kinds");
        alert.getKinds().forEach(kind -> kinds.add(kind.name()));
        form.put("verdict", alert.getVerdict().name());
        form.put("disclosed", alert.getDisclosed());
        form.put("severity", lower(alert.getSeverity()));
        form.put("state", lower(alert.getState()));
        time(form, "openedAt", alert.getOpenedAt());
        time(form, "updatedAt", alert.getUpdatedAt());
        ArrayNode changes = form.putArray("changes");
        alert.getChanges().forEach(change -> changes.add(verdict(alert, change)));
        NearestProcurement nearest = alert.getNearestProcurement();
        if (nearest != null) {
            form.putObject("nearestProcurement").put("id", nearest.getId()).put("whyNot", nearest.getWhyNot());
        }
        if (!alert.getProcurement().isEmpty()) {
            ArrayNode procurement = form.putArray("procurement");
            for (ProcurementRef event : alert.getProcurement()) {
                ObjectNode one =
                        procurement.addObject().put("id", event.getId()).put("type", event.getType());
                text(one, "reference", event.getReference());
            }
        }
        text(form, "closeReason", alert.getCloseReason());
        text(form, "author", alert.getAuthor());
        text(form, "reason", alert.getReason());
        time(form, "suppressedUntil", alert.getSuppressedUntil());
        form.put("policy", alert.getPolicy());
        form.put("policyVersion", alert.getPolicyVersion());
        if (!alert.getPolicyFailures().isEmpty()) {
            texts(form.putArray("policyFailures"), alert.getPolicyFailures());
        }
        if (!alert.getRoutes().isEmpty()) {
            texts(form.putArray("routes"), alert.getRoutes());
        }
        text(form, "nextStep", alert.getNextStep());
        text(form, "vendor", alert.getVendor());
        text(form, "owner", alert.getOwner());
        form.put("cause", alert.getCause());
        text(form, "group", alert.getGroup());
        form.put("correlationId", alert.getCorrelationId());
        return form;
    }

    /** Returns the form of a group of alerts: the group in the form of an alert, with its cause and its blast radius. */
    public static ObjectNode alertGroup(AlertGroup group) {
        ObjectNode form = alert(group.getAlert());
        form.remove("deployment");
        text(form, "change", group.getChange());
        text(form, "procurementEvent", group.getProcurementEvent());
        form.put("alerts", group.getAlerts());
        form.put("peak", group.getPeak());
        texts(form.putArray("deployments"), group.getDeployments());
        return form;
    }

    /** Returns the form of a verdict: one judged change of an alert. {@code by} is null where no event is behind it. */
    public static ObjectNode verdict(Alert alert, JudgedChange judged) {
        return verdict(alert.getDeployment(), judged, alert.getId());
    }

    /** Returns the form of a verdict; {@code alert} is null where none was raised. */
    public static ObjectNode verdict(ChangeVerdict verdict) {
        return verdict(verdict.getDeployment(), verdict.getJudged(), verdict.getAlert());
    }

    private static ObjectNode verdict(String deployment, JudgedChange judged, @Nullable String alert) {
        ProvenanceChange change = judged.getChange();
        ObjectNode form = NODES.objectNode();
        form.put("deployment", deployment);
        form.put("changeId", change.getId());
        form.put("kind", change.getKind().name());
        form.put("field", change.getField());
        value(form, "before", change.getBefore());
        value(form, "after", change.getAfter());
        time(form, "effectiveAt", change.getEffectiveAt());
        time(form, "observedAt", change.getObservedAt());
        form.put("live", judged.getLive());
        form.put("verdict", judged.getVerdict().name());
        form.put("disclosed", judged.getDisclosed());
        form.put("by", judged.getBy());
        form.put("alert", alert);
        text(form, "cause", change.getCause());
        if (!change.getPath().isEmpty()) {
            steps(form.putArray("path"), change.getPath());
        }
        evidence(form, change.getEvidence());
        return form;
    }

    /** Returns the form of a procurement event: what {@code procure} reads. */
    public static ObjectNode procurement(ProcurementEvent event) {
        ObjectNode form = NODES.objectNode();
        form.put("id", event.getId());
        form.put("type", lower(event.getType()).replace('_', '-'));
        time(form, "issuedAt", event.getIssuedAt());
        if (event.getType() == ProcurementType.REVOCATION) {
            text(form, "revokes", event.getRevokes());
        } else {
            ObjectNode subject = form.putObject("subject");
            text(subject, "deployment", event.getDeployment());
            text(subject, "vendor", event.getVendor());
            text(subject, "model", event.getModel());
            ObjectNode allows = form.putObject("allows");
            axis(allows, "models", event.getAllows().getModels());
            axis(allows, "origins", event.getAllows().getOrigins());
            axis(allows, "licenses", event.getAllows().getLicenses());
            axis(allows, "countries", event.getAllows().getCountries());
            axis(allows, "changes", event.getAllows().getChanges());
            form.put("once", event.getOnce());
        }
        time(form, "validFrom", event.getValidFrom());
        time(form, "validTo", event.getValidTo());
        text(form, "approver", event.getApprover());
        text(form, "reference", event.getReference());
        return form;
    }

    /** Returns the form of a disclosure: what {@code disclose} reads. */
    public static ObjectNode disclosure(Disclosure disclosure) {
        ObjectNode form = NODES.objectNode();
        form.put("id", disclosure.getId());
        form.put("vendor", disclosure.getVendor());
        text(form, "deployment", disclosure.getDeployment());
        time(form, "announcedAt", disclosure.getAnnouncedAt());
        time(form, "observedAt", disclosure.getObservedAt());
        text(form, "source", disclosure.getSource());
        ArrayNode models = form.putArray("models");
        for (DisclosedModel model : disclosure.getModels()) {
            ObjectNode one = models.addObject();
            one.put("id", model.getId());
            text(one, "revision", model.getRevision());
        }
        texts(form.putArray("countries"), disclosure.getCountries());
        evidence(form, disclosure.getEvidence());
        return form;
    }

    /** Returns the form of the health of a source. */
    public static ObjectNode sourceHealth(SourceHealth health) {
        ObjectNode form = NODES.objectNode();
        form.put("source", health.getSource());
        form.put("type", health.getType());
        text(form, "scope", health.getScope());
        form.put("state", lower(health.getState()));
        if (health.getCondition() != SourceCondition.UNKNOWN) {
            form.put("condition", lower(health.getCondition()));
        }
        time(form, "since", health.getSince());
        time(form, "at", health.getAt());
        time(form, "lastSweepStartedAt", health.getLastSweepStartedAt());
        time(form, "lastSweepCompletedAt", health.getLastSweepCompletedAt());
        time(form, "lastSuccessAt", health.getLastSuccessAt());
        time(form, "lastChangedAt", health.getLastChangedAt());
        form.put("outcome", lower(health.getOutcome()));
        if (health.getSubjects() != null) {
            form.put("subjects", health.getSubjects());
        }
        text(form, "error", health.getError());
        form.put("consecutiveFailures", health.getConsecutiveFailures());
        time(form, "nextSweepAt", health.getNextSweepAt());
        if (health.getBlindAfterMs() > 0) {
            form.put("blindAfter", Duration.ofMillis(health.getBlindAfterMs()).toString());
        }
        return form;
    }

    /** Returns the form of an observation or sweep: what {@code observe} reads. Its id follows from its content. */
    public static ObjectNode observation(Observation observation) {
        ObjectNode form = NODES.objectNode();
        form.put("kind", lower(observation.getKind()));
        form.put("source", observation.getSource());
        text(form, "scope", observation.getScope());
        Sweep sweep = observation.getSweep();
        if (sweep != null) {
            time(form, "startedAt", sweep.getStartedAt());
            time(form, "completedAt", sweep.getCompletedAt());
            form.put("outcome", lower(sweep.getOutcome()));
            text(form, "error", sweep.getError());
            form.put("removalSweeps", sweep.getRemovalSweeps());
            return form;
        }
        time(form, "observedAt", observation.getObservedAt());
        time(form, "effectiveAt", observation.getEffectiveAt());
        form.put("confidence", lower(observation.getConfidence()));
        if (observation.getModel() != null) {
            form.set("model", model(observation.getModel()));
        }
        if (observation.getDeployment() != null) {
            form.set("deployment", deployment(observation.getDeployment()));
        }
        evidence(form, observation.getEvidence());
        return form;
    }

    private static ObjectNode model(ModelFacts facts) {
        ObjectNode form = NODES.objectNode();
        form.put("id", facts.getId());
        text(form, "revision", facts.getRevision());
        text(form, "author", facts.getAuthor());
        text(form, "ownerId", facts.getOwnerId());
        steps(form.putArray("parents"), facts.getParents());
        text(form, "license", facts.getLicense());
        texts(form.putArray("datasets"), facts.getDatasets());
        attributes(form, facts.getAttributes());
        return form;
    }

    private static ObjectNode deployment(DeploymentFacts facts) {
        ObjectNode form = NODES.objectNode();
        form.put("id", facts.getId());
        text(form, "type", facts.getType());
        text(form, "vendor", facts.getVendor());
        text(form, "owner", facts.getOwner());
        ArrayNode models = form.putArray("models");
        for (DeployedModel model : facts.getModels()) {
            ObjectNode one = models.addObject();
            one.put("id", model.getId());
            text(one, "revision", model.getRevision());
            one.put("role", model.getRole());
            text(one, "requested", model.getRequested());
            text(one, "served", model.getServed());
            if (model.getWeight() != null) {
                one.put("weight", model.getWeight());
            }
        }
        hosting(form, facts.getHosting());
        attributes(form, facts.getAttributes());
        return form;
    }

    private static ObjectNode component(Component component) {
        ObjectNode form = NODES.objectNode();
        form.put("role", component.getRole());
        form.put("model", component.getModel());
        text(form, "revision", component.getRevision());
        text(form, "requested", component.getRequested());
        text(form, "served", component.getServed());
        text(form, "license", component.getLicense());
        texts(form.putArray("datasets"), component.getDatasets());
        origins(form, component.getOrigins());
        ArrayNode ancestry = form.putArray("ancestry");
        for (Ancestor ancestor : component.getAncestry()) {
            ObjectNode one = ancestor(ancestry, ancestor);
            inherited(one, ancestor);
        }
        mark(form, "truncated", component.getTruncated());
        return form;
    }

    /** Adds an ancestor with the way to it. */
    private static ObjectNode ancestor(ArrayNode ancestry, Ancestor ancestor) {
        ObjectNode one = ancestry.addObject();
        one.put("id", ancestor.getId());
        one.put("relation", ancestor.getRelation());
        one.put("depth", ancestor.getDepth());
        steps(one.putArray("path"), ancestor.getPath());
        return one;
    }

    private static void origins(ObjectNode form, List<Origin> origins) {
        ArrayNode all = form.putArray("origins");
        for (Origin origin : origins) {
            ObjectNode one = all.addObject();
            text(one, "organization", origin.getOrganization());
            text(one, "country", origin.getCountry());
            one.put("model", origin.getModel());
        }
    }

    /** What an ancestor hands down. */
    private static void inherited(ObjectNode one, Ancestor ancestor) {
        one.put("confidence", lower(ancestor.getConfidence()));
        text(one, "license", ancestor.getLicense());
        if (!ancestor.getDatasets().isEmpty()) {
            texts(one.putArray("datasets"), ancestor.getDatasets());
        }
    }

    private static ObjectNode claim(Claim claim) {
        ObjectNode form = NODES.objectNode();
        form.put("field", claim.getField());
        value(form, "value", claim.getValue());
        form.put("confidence", lower(claim.getConfidence()));
        if (!claim.getSource().isEmpty()) {
            form.put("source", claim.getSource());
        }
        time(form, "observedAt", claim.getObservedAt());
        evidence(form, claim.getEvidence());
        return form;
    }

    private static void hosting(ObjectNode form, List<Hosting> places) {
        ArrayNode hosting = form.putArray("hosting");
        for (Hosting place : places) {
            ObjectNode one = hosting.addObject();
            text(one, "provider", place.getProvider());
            text(one, "region", place.getRegion());
            text(one, "country", place.getCountry());
        }
    }

    private static void evidence(ObjectNode form, @Nullable Evidence evidence) {
        if (evidence != null) {
            ObjectNode one = form.putObject("evidence");
            text(one, "url", evidence.getUrl());
            text(one, "sha256", evidence.getSha256());
            text(one, "method", evidence.getMethod());
            text(one, "basis", evidence.getBasis());
            if (evidence.getScore() != null) {
                one.put("score", evidence.getScore());
            }
        }
    }

    /** Sorted by name: the order of a map that came over the wire means nothing and two runs must agree. */
    private static void attributes(ObjectNode form, Map<String, Object> attributes) {
        ObjectNode one = form.putObject("attributes");
        new TreeMap<>(attributes).forEach((name, value) -> one.set(name, VALUES.valueToTree(value)));
    }

    private static void steps(ArrayNode array, List<ParentRef> steps) {
        steps.forEach(step -> array.addObject().put("id", step.getId()).put("relation", step.getRelation()));
    }

    private static void texts(ArrayNode array, List<String> texts) {
        texts.forEach(array::add);
    }

    /** An axis that is absent allows anything, an empty one nothing. */
    private static void axis(ObjectNode form, String name, @Nullable List<String> values) {
        if (values != null) {
            texts(form.putArray(name), values);
        }
    }

    private static void text(ObjectNode form, String name, @Nullable String text) {
        if (text != null) {
            form.put(name, text);
        }
    }

    /** What is seldom so is said only where it is. */
    private static void mark(ObjectNode form, String name, boolean mark) {
        if (mark) {
            form.put(name, true);
        }
    }

    private static void time(ObjectNode form, String name, @Nullable Instant time) {
        if (time != null) {
            form.put(name, time.toString());
        }
    }

    /** Records hold values as JSON text; a foreign writer's text that is none is shown as it stands. */
    private static void value(ObjectNode form, String name, @Nullable String json) {
        if (json == null) {
            return;
        }
        JsonNode node;
        try {
            node = VALUES.readTree(json);
        } catch (JacksonException e) {
            node = NODES.stringNode(json);
        }
        form.set(name, node.isMissingNode() ? NODES.stringNode(json) : node);
    }

    private static String lower(Enum<?> symbol) {
        return symbol.name().toLowerCase(Locale.ROOT);
    }
}
