package io.modelwatch.alerts.drift;

import static io.modelwatch.alerts.Facts.A;
import static io.modelwatch.alerts.Facts.B;
import static io.modelwatch.alerts.Facts.D;
import static io.modelwatch.alerts.Facts.day;
import static io.modelwatch.alerts.Facts.swap;
import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.JudgedChange;
import io.modelwatch.schemas.avro.NearestProcurement;
import io.modelwatch.schemas.avro.ProcurementRef;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.Severity;
import io.modelwatch.schemas.avro.Verdict;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Our findings against OCSF's own definitions (see {@code ocsf/README.md} beside them). */
class OcsfSchemaTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final JsonNode DICTIONARY = definition("dictionary");

    /** The definitions give these no values of their own: they follow from the numbers of category and class. */
    private static final Set<String> DERIVED = Set.of(".category_uid", ".class_uid", ".type_uid");

    @ParameterizedTest
    @EnumSource(
            value = AlertState.class,
            names = {"OPEN", "ACKNOWLEDGED", "SUPPRESSED", "CLOSED", "UNKNOWN"})
    void a_finding_in_every_state_keeps_to_the_schema(AlertState state) {
        for (Severity severity : Severity.values()) {
            JsonNode finding = JSON.readTree(Ocsf.finding(alert(state, severity), state == AlertState.OPEN, "event"));

            assertThat(violations(finding)).isEmpty();
        }
    }

    @Test
    void the_least_an_alert_may_hold_keeps_to_the_schema() {
        Alert least = Alert.newBuilder(alert(AlertState.OPEN, Severity.LOW))
                .setOwner(null)
                .setVendor(null)
                .setNearestProcurement(null)
                .build();

        assertThat(violations(JSON.readTree(Ocsf.finding(least, true, "event"))))
                .isEmpty();
    }

    @Test
    void activity_status_and_type_follow_the_life_of_the_alert() {
        JsonNode created = JSON.readTree(Ocsf.finding(alert(AlertState.OPEN, Severity.HIGH), true, "e"));
        JsonNode updated = JSON.readTree(Ocsf.finding(alert(AlertState.OPEN, Severity.HIGH), false, "e"));
        JsonNode closed = JSON.readTree(Ocsf.finding(alert(AlertState.CLOSED, Severity.HIGH), false, "e"));

        assertThat(List.of(created, updated, closed))
                .extracting(finding -> finding.get("type_uid").longValue())
                .containsExactly(200401L, 200402L, 200403L);
        assertThat(List.of(created, closed))
                .extracting(finding -> finding.get("status_id").intValue())
                .containsExactly(1, 4);
        assertThat(created.get("severity_id").intValue()).isEqualTo(4);
        assertThat(created.at("/evidences/0/data/after").stringValue()).isEqualTo(B);
    }

    @Test
    void the_procurement_events_behind_it_are_tickets_of_the_incident_profile() {
        Alert alert = Alert.newBuilder(alert(AlertState.OPEN, Severity.HIGH))
                .setProcurement(List.of(
                        new ProcurementRef("CHG-1042", "change-ticket", "https://tickets.example.com/browse/CHG-1042"),
                        new ProcurementRef("CON-7", "contract", "binder 7, page 3"),
                        new ProcurementRef("CON-8", "contract", null)))
                .build();
        JsonNode finding = JSON.readTree(Ocsf.finding(alert, true, "event"));

        assertThat(violations(finding)).isEmpty();
        assertThat(finding.at("/metadata/profiles")).hasToString("[\"incident\"]");
        assertThat(finding.get("tickets")).hasToString("""
                [{"uid":"CHG-1042","type_id":99,"type":"change-ticket",\
                "src_url":"https://tickets.example.com/browse/CHG-1042"},\
                {"uid":"CON-7","type_id":99,"type":"contract"},{"uid":"CON-8","type_id":99,"type":"contract"}]""");
    }

    @Test
    void what_belongs_to_a_profile_is_unknown_without_it_and_checked_with_it() {
        ObjectNode finding = (ObjectNode) JSON.readTree(Ocsf.finding(alert(AlertState.OPEN, Severity.LOW), true, "e"));
        ObjectNode ticket = finding.putArray("tickets").addObject();
        ticket.put("type_id", 5).put("src_url", "not a url");

        assertThat(violations(finding)).containsExactly(".tickets: unknown");
        finding.withObject("/metadata").putArray("profiles").add("incident");
        assertThat(violations(finding))
                .containsExactlyInAnyOrder(
                        ".tickets[0].type_id: 5 is none of the values", ".tickets[0].src_url: not of type url_t");
        finding.withObject("/metadata").putArray("profiles").add("cloud");
        assertThat(violations(finding)).contains(".metadata.profiles: cloud is none of this class");
    }

    /** The check itself must be able to fail. */
    @Test
    void the_check_finds_what_is_missing_unknown_or_of_another_type() {
        ObjectNode finding = (ObjectNode) JSON.readTree(Ocsf.finding(alert(AlertState.OPEN, Severity.LOW), true, "e"));
        finding.remove("time");
        finding.put("severity_id", 7);
        finding.put("message", 1);
        finding.put("invented", "x");
        ((ObjectNode) finding.get("finding_info")).remove("uid");
        ((ObjectNode) finding.get("metadata").get("product")).remove("name");
        ((ObjectNode) finding.get("evidences").get(0)).remove("data");

        assertThat(violations(finding))
                .containsExactlyInAnyOrder(
                        ".time: required",
                        ".severity_id: 7 is none of the values",
                        ".message: not of type string_t",
                        ".invented: unknown",
                        ".finding_info.uid: required",
                        ".metadata.product: needs one of [name, uid]",
                        ".evidences[0]: needs one of [actor, api, connection_info, data, database, databucket, device,"
                                + " dst_endpoint, email, file, process, query, resources, src_endpoint, url, user, job,"
                                + " script]");
    }

    private static List<String> violations(JsonNode finding) {
        List<String> violations = new ArrayList<>();
        for (JsonNode profile : finding.at("/metadata/profiles")) {
            if (!profiles("detection_finding").contains(profile.stringValue())) {
                violations.add(".metadata.profiles: " + profile.stringValue() + " is none of this class");
            }
        }
        check(finding, "detection_finding", "", violations);
        long type = finding.get("class_uid").longValue() * 100
                + finding.get("activity_id").longValue();
        if (finding.get("type_uid").longValue() != type) {
            violations.add(".type_uid: not class_uid * 100 + activity_id");
        }
        int category = DICTIONARY.get("findings_category_uid").intValue();
        if (finding.get("category_uid").intValue() != category
                || finding.get("class_uid").intValue()
                        != category * 1000
                                + definition("detection_finding").get("uid").intValue()) {
            violations.add("category or class of another kind");
        }
        if (!finding.at("/metadata/version").equals(DICTIONARY.get("version"))) {
            violations.add(".metadata.version: not the version of these definitions");
        }
        return violations;
    }

    private static void check(JsonNode node, String type, String path, List<String> violations) {
        Map<String, ObjectNode> attributes = new TreeMap<>();
        collect(type, attributes);
        // What a profile adds is there for those who say that they use it.
        node.at("/metadata/profiles").valueStream().map(JsonNode::stringValue).forEach(profile -> {
            if (profiles(type).contains(profile)) {
                collect(profile, attributes);
            }
        });
        attributes.forEach((name, attribute) -> {
            if (attribute.path("requirement").asString("").equals("required") && !node.has(name)) {
                violations.add(path + "." + name + ": required");
            }
        });
        JsonNode oneOf = constraint(type);
        if (oneOf != null && oneOf.valueStream().noneMatch(name -> node.has(name.stringValue()))) {
            violations.add(path + ": needs one of "
                    + oneOf.valueStream().map(JsonNode::stringValue).toList());
        }
        node.propertyStream().forEach(entry -> {
            String at = path + "." + entry.getKey();
            ObjectNode attribute = attributes.get(entry.getKey());
            if (attribute == null) {
                violations.add(at + ": unknown");
                return;
            }
            boolean array = attribute.path("is_array").asBoolean(false);
            if (array != entry.getValue().isArray()) {
                violations.add(at + (array ? ": must be a list" : ": must not be a list"));
            } else if (array) {
                for (int i = 0; i < entry.getValue().size(); i++) {
                    value(entry.getValue().get(i), attribute, at + "[" + i + "]", violations);
                }
            } else {
                value(entry.getValue(), attribute, at, violations);
            }
        });
    }

    private static void value(JsonNode value, ObjectNode attribute, String at, List<String> violations) {
        String type = attribute.get("type").stringValue();
        boolean fits =
                switch (type) {
                    case "string_t", "resource_uid_t", "username_t" -> value.isString();
                    case "url_t" -> value.isString() && value.stringValue().matches("https?://\\S+");
                    case "integer_t" -> value.isInt();
                    case "long_t", "timestamp_t" -> value.isIntegralNumber();
                    case "boolean_t" -> value.isBoolean();
                    case "json_t" -> true;
                    case "object" -> value.isObject();
                    // The name of an object of its own.
                    default -> value.isObject() && !type.endsWith("_t");
                };
        if (!fits) {
            violations.add(at + ": not of type " + type);
        } else if (attribute.has("enum")
                && !DERIVED.contains(at)
                && !attribute.get("enum").has(value.asString())) {
            violations.add(at + ": " + value.asString() + " is none of the values");
        } else if (value.isObject() && !type.equals("json_t") && !type.equals("object")) {
            check(value, type, at, violations);
        }
    }

    /** The attributes of a class or object: the dictionary's word, then that of each ancestor, the nearest last. */
    private static void collect(String type, Map<String, ObjectNode> into) {
        JsonNode definition = definition(type);
        if (definition.has("extends")) {
            collect(definition.get("extends").stringValue(), into);
        }
        definition.get("attributes").propertyStream().forEach(entry -> {
            ObjectNode merged = into.computeIfAbsent(entry.getKey(), name -> JSON.createObjectNode());
            overlay(merged, DICTIONARY.path("attributes").path(entry.getKey()), false);
            overlay(merged, entry.getValue(), true);
        });
    }

    private static void overlay(ObjectNode target, JsonNode from, boolean wins) {
        from.propertyStream().forEach(entry -> {
            if (entry.getKey().equals("enum")) {
                ObjectNode values = target.has("enum") ? (ObjectNode) target.get("enum") : target.putObject("enum");
                entry.getValue().propertyStream().forEach(one -> values.set(one.getKey(), one.getValue()));
            } else if (wins || !target.has(entry.getKey())) {
                target.set(entry.getKey(), entry.getValue());
            }
        });
    }

    private static Set<String> profiles(String type) {
        Set<String> profiles = new TreeSet<>();
        JsonNode definition = definition(type);
        definition.path("profiles").forEach(profile -> profiles.add(profile.stringValue()));
        if (definition.has("extends")) {
            profiles.addAll(profiles(definition.get("extends").stringValue()));
        }
        return profiles;
    }

    /** The nearest constraint counts. */
    private static JsonNode constraint(String type) {
        JsonNode definition = definition(type);
        if (definition.has("constraints")) {
            return definition.get("constraints").get("at_least_one");
        }
        return definition.has("extends") ? constraint(definition.get("extends").stringValue()) : null;
    }

    private static JsonNode definition(String name) {
        try (InputStream in = OcsfSchemaTest.class.getResourceAsStream("/ocsf/" + name + ".json")) {
            assertThat(in).as("definition of %s", name).isNotNull();
            return JSON.readTree(in.readAllBytes());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Alert alert(AlertState state, Severity severity) {
        boolean closed = state == AlertState.CLOSED;
        ProvenanceChange change = swap("c1", A, B, 10);
        change.setEvidence(Evidence.newBuilder().setUrl("https://example.org/a").build());
        return Alert.newBuilder()
                .setId("alert")
                .setDeployment(D)
                .setVendor("acme")
                .setOwner("cx-team")
                .setKinds(List.of(ChangeKind.MODEL_SWAPPED))
                .setVerdict(Verdict.UNAPPROVED)
                .setSeverity(severity)
                .setState(state)
                .setOpenedAt(day(10))
                .setUpdatedAt(day(11))
                .setClosedAt(closed ? day(11) : null)
                .setCloseReason(closed ? "approved" : null)
                .setChanges(List.of(JudgedChange.newBuilder()
                        .setChange(change)
                        .setVerdict(Verdict.UNAPPROVED)
                        .setLive(true)
                        .setBy("P")
                        .build()))
                .setNearestProcurement(new NearestProcurement("P", "it expired"))
                .setPolicy("default")
                .setPolicyVersion("default")
                .setCause("c1")
                .setCorrelationId("observation")
                .build();
    }
}
