package io.modelwatch.alerts.delivery.destination;

import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.NearestProcurement;
import io.modelwatch.schemas.avro.ProvenanceChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** An alert in words, the same for every destination that people read. All of it is bounded. */
final class AlertText {

    /** A cause may touch dozens of fields; who wants all of them follows the link or asks {@code modelwatch alert}. */
    private static final int MAX_CHANGES = 10;

    private static final int MAX_VALUE = 200;

    private AlertText() {}

    /** MODEL_SWAPPED becomes "Model swapped". */
    static String title(Enum<?> constant) {
        String name = constant.name();
        return name.charAt(0) + name.substring(1).toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /** For example "Model swapped, Hosting moved in support-copilot". */
    static String title(Alert alert) {
        String kinds = alert.getKinds().stream()
                .limit(MAX_CHANGES)
                .map((ChangeKind kind) -> title(kind))
                .collect(Collectors.joining(", "));
        return (kinds.isEmpty() ? "Drift" : kinds) + " in " + line(alert.getDeployment());
    }

    /** For example "closed (approved_late)". */
    static String state(Alert alert) {
        return lower(alert.getState())
                + (alert.getState() == AlertState.CLOSED && alert.getCloseReason() != null
                        ? " (" + line(alert.getCloseReason()) + ")"
                        : "");
    }

    /** One line: severity, state, title and verdict. */
    static String summary(Alert alert) {
        return lower(alert.getSeverity()) + " " + state(alert) + ": " + title(alert) + ": "
                + alert.getVerdict().name();
    }

    /** One line a change: field, before and after. */
    static List<String> changes(Alert alert) {
        List<String> lines = new ArrayList<>();
        alert.getChanges().stream()
                .limit(MAX_CHANGES)
                .forEach(judged -> lines.add(change(judged.getChange()) + " ("
                        + judged.getVerdict().name() + (judged.getLive() ? "" : ", no longer live") + ")"));
        int more = alert.getChanges().size() - MAX_CHANGES;
        if (more > 0) {
            lines.add("and " + more + " more");
        }
        return lines;
    }

    /** For example {@code models.primary.id: "a" → "b"}. */
    static String change(ProvenanceChange change) {
        return line(change.getField()) + ": " + value(change.getBefore()) + " → " + value(change.getAfter());
    }

    /** What else a person wants to know, as name and text, in a fixed order. */
    static List<Fact> facts(Alert alert) {
        List<Fact> facts = new ArrayList<>();
        add(facts, "Deployment", alert.getDeployment());
        add(facts, "Vendor", alert.getVendor());
        add(facts, "Owner", alert.getOwner());
        add(facts, "Severity", lower(alert.getSeverity()));
        add(facts, "State", state(alert));
        add(facts, "Verdict", alert.getVerdict().name());
        add(facts, "Opened", alert.getOpenedAt().toString());
        add(facts, "Updated", alert.getUpdatedAt().toString());
        NearestProcurement nearest = alert.getNearestProcurement();
        add(facts, "Nearest procurement", nearest == null ? null : nearest.getId() + ": " + nearest.getWhyNot());
        add(facts, "By", alert.getAuthor());
        add(facts, "Reason", alert.getReason());
        add(
                facts,
                "Suppressed until",
                alert.getSuppressedUntil() == null
                        ? null
                        : alert.getSuppressedUntil().toString());
        add(facts, "Next step", alert.getState() == AlertState.CLOSED ? null : alert.getNextStep());
        add(facts, "Policy", alert.getPolicy());
        add(facts, "Alert", alert.getId());
        add(facts, "Trace", alert.getCorrelationId());
        return facts;
    }

    /** A name and what is to say of it. */
    record Fact(String name, String text) {}

    private static void add(List<Fact> facts, String name, @Nullable String text) {
        if (text != null && !text.isBlank()) {
            facts.add(new Fact(name, cut(line(text), 2 * MAX_VALUE)));
        }
    }

    /** The same on one line: names come from outside, and a line break in one could forge what follows it. */
    static String line(String text) {
        return text.replaceAll("[\\p{Cntrl}\\u2028\\u2029]+", " ").strip();
    }

    /** The first characters, with an ellipsis where some are left out. */
    static String cut(String text, int max) {
        return text.codePointCount(0, text.length()) <= max
                ? text
                : text.substring(0, text.offsetByCodePoints(0, max - 1)) + "…";
    }

    private static String value(@Nullable String json) {
        return json == null ? "(none)" : cut(line(json), MAX_VALUE);
    }

    /** Returns the address of an alert by a template with {@code {id}}, or null where there is none. */
    static @Nullable String link(@Nullable String template, String alert) {
        return template == null ? null : template.replace("{id}", alert);
    }
}
