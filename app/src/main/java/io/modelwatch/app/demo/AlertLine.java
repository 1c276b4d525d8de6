package io.modelwatch.app.demo;

import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.JudgedChange;
import io.modelwatch.schemas.avro.ProvenanceChange;
import java.time.ZoneOffset;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** An alert in one line: when, how bad, where, what, the verdict and why. */
final class AlertLine {

    private AlertLine() {}

    static String of(Alert alert) {
        StringBuilder line = new StringBuilder();
        line.append(alert.getUpdatedAt().atZone(ZoneOffset.UTC).toLocalDate())
                .append("  ")
                .append(pad(alert.getSeverity().name().toLowerCase(Locale.ROOT), 8))
                .append("  ")
                .append(pad(state(alert), 8))
                .append("  ")
                .append(pad(alert.getDeployment(), 17))
                .append("  ")
                .append(
                        alert.getChanges().isEmpty()
                                ? ""
                                : what(alert.getChanges().getFirst()))
                .append("  ")
                .append(alert.getVerdict())
                .append(alert.getDisclosed() ? ", disclosed" : "");
        if (alert.getCloseReason() != null) {
            line.append(" (").append(alert.getCloseReason()).append(')');
        } else if (alert.getNearestProcurement() != null) {
            line.append(": ")
                    .append(alert.getNearestProcurement().getId())
                    .append(": ")
                    .append(plain(alert.getNearestProcurement().getWhyNot()));
        }
        return line.toString();
    }

    private static String state(Alert alert) {
        boolean again = alert.getReopened() > 0;
        if (alert.getState() == AlertState.CLOSED) {
            return "closed";
        }
        return alert.getOpenedAt().equals(alert.getUpdatedAt()) ? "open" : again ? "reopened" : "updated";
    }

    private static String what(JudgedChange judged) {
        ProvenanceChange change = judged.getChange();
        String kind = change.getKind().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        String before = side(change.getBefore());
        String after = side(change.getAfter());
        String sides = before == null ? after == null ? "" : after : after == null ? before : before + " -> " + after;
        return kind + (sides.isEmpty() ? "" : ": " + sides);
    }

    private static @Nullable String side(@Nullable String json) {
        if (json == null) {
            return null;
        }
        String text = plain(json.replace("\"", ""));
        return text.length() <= 60 ? text : text.substring(0, 57) + "...";
    }

    /** Package URLs without their scheme, which says nothing here. */
    private static String plain(String text) {
        return text.replace("pkg:huggingface/", "").replace("pkg:generic/", "");
    }

    private static String pad(String text, int width) {
        return text.length() >= width ? text : text + " ".repeat(width - text.length());
    }
}
