package io.modelwatch.alerts.delivery;

import io.modelwatch.alerts.delivery.destination.Message;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.ChangeVerdict;
import io.modelwatch.schemas.avro.Severity;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a {@code when} may ask of a message; the same whether the alert came as Avro or as a finding. What is absent is
 * the empty text.
 *
 * @param level severity as a number, 0 (unknown) to 5 (critical)
 * @param routes routes that a policy named; empty where it named none
 */
record AlertFacts(
        String id,
        String deployment,
        String vendor,
        String owner,
        int level,
        String state,
        String verdict,
        boolean disclosed,
        List<String> kinds,
        String policy,
        List<String> routes) {

    /** Name of the field of an alert, or of a finding's {@code unmapped}, with the routes that a policy named. */
    private static final String ROUTES = "routes";

    AlertFacts {
        kinds = List.copyOf(kinds);
        routes = List.copyOf(routes);
    }

    static AlertFacts of(Message message) {
        return switch (message) {
            case Message.OfAlert(String id, Alert alert) -> of(alert);
            case Message.OfFinding finding -> of(finding.finding());
            case Message.OfVerdict(String id, ChangeVerdict verdict) -> of(verdict);
        };
    }

    private static AlertFacts of(Alert alert) {
        return new AlertFacts(
                alert.getId(),
                alert.getDeployment(),
                text(alert.getVendor()),
                text(alert.getOwner()),
                alert.getSeverity().ordinal(),
                lower(alert.getState()),
                alert.getVerdict().name(),
                alert.getDisclosed(),
                alert.getKinds().stream().map(Enum::name).toList(),
                alert.getPolicy(),
                routes(alert));
    }

    /** By name: alerts have had no such field from the beginning. */
    private static List<String> routes(Alert alert) {
        Schema.Field field = alert.getSchema().getField(ROUTES);
        List<String> routes = new ArrayList<>();
        if (field != null && alert.get(field.pos()) instanceof List<?> list) {
            list.forEach(one -> routes.add(String.valueOf(one)));
        }
        return routes;
    }

    /** Reads what {@code Ocsf} writes. */
    private static AlertFacts of(JsonNode finding) {
        JsonNode resource = finding.path("resources").path(0);
        JsonNode unmapped = finding.path("unmapped");
        return new AlertFacts(
                finding.path("finding_info").path("uid").asString(""),
                resource.path("uid").asString(""),
                unmapped.path("vendor").asString(""),
                resource.path("owner").path("name").asString(""),
                Math.clamp(finding.path("severity_id").asInt(0), 0, Severity.CRITICAL.ordinal()),
                lower(
                        switch (finding.path("status_id").asInt(0)) {
                            case 1 -> AlertState.OPEN;
                            case 2 -> AlertState.ACKNOWLEDGED;
                            case 3 -> AlertState.SUPPRESSED;
                            case 4 -> AlertState.CLOSED;
                            default -> AlertState.UNKNOWN;
                        }),
                unmapped.path("verdict").asString(""),
                unmapped.path("disclosed").asBoolean(false),
                texts(finding.path("finding_info").path("types")),
                unmapped.path("policy").asString(""),
                texts(unmapped.path(ROUTES)));
    }

    private static AlertFacts of(ChangeVerdict verdict) {
        return new AlertFacts(
                text(verdict.getAlert()),
                verdict.getDeployment(),
                "",
                "",
                0,
                "",
                verdict.getJudged().getVerdict().name(),
                verdict.getDisclosed(),
                List.of(verdict.getJudged().getChange().getKind().name()),
                "",
                List.of());
    }

    /** Returns the values of the variables of {@link Route}. */
    Map<String, Object> variables() {
        return Map.ofEntries(
                Map.entry("alert.id", id),
                Map.entry("alert.deployment", deployment),
                Map.entry("alert.vendor", vendor),
                Map.entry("alert.owner", owner),
                Map.entry("alert.severity", lower(Severity.values()[level])),
                Map.entry("alert.level", (long) level),
                Map.entry("alert.state", state),
                Map.entry("alert.verdict", verdict),
                Map.entry("alert.disclosed", disclosed),
                Map.entry("alert.kinds", kinds),
                Map.entry("alert.policy", policy),
                Map.entry("alert.routes", routes));
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(one -> texts.add(one.asString("")));
        return texts;
    }

    private static String text(@Nullable String text) {
        return text == null ? "" : text;
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
