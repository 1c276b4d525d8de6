package io.modelwatch.alerts.drift;

import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.JudgedChange;
import io.modelwatch.schemas.avro.NearestProcurement;
import io.modelwatch.schemas.avro.ProcurementRef;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.Severity;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** An alert as an OCSF Detection Finding (class 2004), the form that a SIEM reads. Times are epoch milliseconds. */
public final class Ocsf {

    /** Version of the OCSF schema that the output is held against. */
    public static final String VERSION = "1.8.0";

    private static final int FINDINGS = 2;
    private static final int DETECTION_FINDING = 2004;

    private static final int CREATE = 1;
    private static final int UPDATE = 2;
    private static final int CLOSE = 3;

    private static final String INCIDENT = "incident";
    private static final int OTHER = 99;
    private static final Pattern URL = Pattern.compile("https?://\\S+");

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private Ocsf() {}

    /**
     * Returns the finding as JSON bytes.
     *
     * @param created whether this is the first that is heard of the alert
     * @param eventId id of this very update
     */
    public static byte[] finding(Alert alert, boolean created, String eventId) {
        boolean closed = alert.getState() == AlertState.CLOSED;
        int activity = closed ? CLOSE : created ? CREATE : UPDATE;
        ObjectNode finding = JSON.createObjectNode();
        finding.put("category_uid", FINDINGS).put("category_name", "Findings");
        finding.put("class_uid", DETECTION_FINDING).put("class_name", "Detection Finding");
        finding.put("activity_id", activity).put("activity_name", closed ? "Close" : created ? "Create" : "Update");
        finding.put("type_uid", DETECTION_FINDING * 100L + activity);
        finding.put("severity_id", severity(alert.getSeverity()))
                .put("severity", title(alert.getSeverity().name()));
        status(finding, alert.getState());
        finding.put("time", alert.getUpdatedAt().toEpochMilli());
        finding.put("is_alert", !closed);
        finding.put("message", message(alert));
        ObjectNode metadata = finding.putObject("metadata");
        metadata.put("version", VERSION).put("uid", eventId).put("correlation_uid", alert.getCorrelationId());
        metadata.putObject("product").put("name", "modelwatch").put("vendor_name", "modelwatch");
        info(finding.putObject("finding_info"), alert);
        ObjectNode resource = finding.putArray("resources").addObject();
        resource.put("uid", alert.getDeployment())
                .put("name", alert.getDeployment())
                .put("type", "AI deployment");
        if (alert.getOwner() != null) {
            resource.putObject("owner").put("name", alert.getOwner());
        }
        tickets(finding, metadata, alert.getProcurement());
        ArrayNode evidences = finding.putArray("evidences");
        alert.getChanges().forEach(change -> evidence(evidences.addObject(), change));
        unmapped(finding.putObject("unmapped"), alert);
        return JSON.writeValueAsBytes(finding);
    }

    private static void info(ObjectNode info, Alert alert) {
        info.put("uid", alert.getId()).put("title", title(alert)).put("desc", message(alert));
        info.put("created_time", alert.getOpenedAt().toEpochMilli());
        info.put("modified_time", alert.getUpdatedAt().toEpochMilli());
        time(info, "first_seen_time", alert, Comparator.naturalOrder());
        time(info, "last_seen_time", alert, Comparator.reverseOrder());
        ArrayNode types = info.putArray("types");
        alert.getKinds().forEach(kind -> types.add(kind.name()));
    }

    private static void time(ObjectNode info, String name, Alert alert, Comparator<Instant> first) {
        alert.getChanges().stream()
                .map(judged -> judged.getChange().getEffectiveAt())
                .min(first)
                .ifPresent(at -> info.put(name, at.toEpochMilli()));
    }

    /** The procurement events behind it, as tickets of OCSF's profile for incidents. */
    private static void tickets(ObjectNode finding, ObjectNode metadata, List<ProcurementRef> events) {
        if (events.isEmpty()) {
            return;
        }
        metadata.putArray("profiles").add(INCIDENT);
        ArrayNode tickets = finding.putArray("tickets");
        for (ProcurementRef event : events) {
            // OCSF tells internal from external tickets alone, and of neither do we know.
            ObjectNode ticket = tickets.addObject()
                    .put("uid", event.getId())
                    .put("type_id", OTHER)
                    .put("type", event.getType());
            String reference = event.getReference();
            if (reference != null && URL.matcher(reference).matches()) {
                ticket.put("src_url", reference);
            }
        }
    }

    private static void evidence(ObjectNode evidence, JudgedChange judged) {
        ProvenanceChange change = judged.getChange();
        evidence.put("name", change.getKind().name()).put("uid", change.getId());
        ObjectNode data = evidence.putObject("data");
        data.put("field", change.getField());
        set(data, "before", change.getBefore());
        set(data, "after", change.getAfter());
        data.put("effective_at", change.getEffectiveAt().toString());
        data.put("observed_at", change.getObservedAt().toString());
        data.put("verdict", judged.getVerdict().name()).put("live", judged.getLive());
        if (judged.getBy() != null) {
            data.put("by", judged.getBy());
        }
        if (change.getEvidence() != null) {
            ObjectNode read = data.putObject("evidence");
            text(read, "url", change.getEvidence().getUrl());
            text(read, "sha256", change.getEvidence().getSha256());
            text(read, "method", change.getEvidence().getMethod());
        }
    }

    private static void unmapped(ObjectNode unmapped, Alert alert) {
        unmapped.put("verdict", alert.getVerdict().name()).put("disclosed", alert.getDisclosed());
        unmapped.put("policy", alert.getPolicy()).put("policy_version", alert.getPolicyVersion());
        texts(unmapped, "policy_failures", alert.getPolicyFailures());
        texts(unmapped, "routes", alert.getRoutes());
        unmapped.put("cause", alert.getCause()).put("mbom_revision", alert.getMbomRevision());
        text(unmapped, "group", alert.getGroup());
        text(unmapped, "vendor", alert.getVendor());
        text(unmapped, "close_reason", alert.getCloseReason());
        text(unmapped, "next_step", alert.getNextStep());
        text(unmapped, "author", alert.getAuthor());
        text(unmapped, "reason", alert.getReason());
        if (alert.getSuppressedUntil() != null) {
            unmapped.put("suppressed_until", alert.getSuppressedUntil().toString());
        }
        unmapped.put("reopened", alert.getReopened());
        NearestProcurement nearest = alert.getNearestProcurement();
        if (nearest != null) {
            unmapped.putObject("nearest_procurement").put("id", nearest.getId()).put("why_not", nearest.getWhyNot());
        }
    }

    private static void status(ObjectNode finding, AlertState state) {
        int id =
                switch (state) {
                    case OPEN -> 1;
                    case ACKNOWLEDGED -> 2;
                    case SUPPRESSED -> 3;
                    case CLOSED -> 4;
                    case UNKNOWN -> 0;
                };
        String name =
                switch (state) {
                    case OPEN -> "New";
                    case ACKNOWLEDGED -> "In Progress";
                    case SUPPRESSED -> "Suppressed";
                    case CLOSED -> "Resolved";
                    case UNKNOWN -> "Unknown";
                };
        finding.put("status_id", id).put("status", name);
    }

    private static int severity(Severity severity) {
        return switch (severity) {
            case UNKNOWN -> 0;
            case INFORMATIONAL -> 1;
            case LOW -> 2;
            case MEDIUM -> 3;
            case HIGH -> 4;
            case CRITICAL -> 5;
        };
    }

    private static String title(Alert alert) {
        String kinds =
                alert.getKinds().stream().map(ChangeKind::name).map(Ocsf::title).collect(Collectors.joining(", "));
        return kinds + " in " + alert.getDeployment();
    }

    private static String message(Alert alert) {
        String verdict = alert.getVerdict().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        String closed = alert.getCloseReason() == null ? "" : "; closed: " + alert.getCloseReason();
        return title(alert) + ": " + verdict + closed;
    }

    /** MODEL_SWAPPED becomes "Model swapped". */
    private static String title(String constant) {
        return constant.charAt(0)
                + constant.substring(1).toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static void text(ObjectNode node, String name, @Nullable String value) {
        if (value != null) {
            node.put(name, value);
        }
    }

    private static void texts(ObjectNode node, String name, List<String> values) {
        if (!values.isEmpty()) {
            ArrayNode array = node.putArray(name);
            values.forEach(array::add);
        }
    }

    private static void set(ObjectNode node, String name, @Nullable String json) {
        if (json != null) {
            node.set(name, parse(json));
        }
    }

    private static JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (JacksonException e) {
            return JSON.getNodeFactory().stringNode(json);
        }
    }
}
