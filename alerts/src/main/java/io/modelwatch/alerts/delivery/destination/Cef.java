package io.modelwatch.alerts.delivery.destination;

import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.JudgedChange;
import io.modelwatch.schemas.avro.NearestProcurement;
import io.modelwatch.schemas.avro.Severity;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An alert as a line of ArcSight's Common Event Format, version 0. Keys and lengths: "Implementing ArcSight Common Event
 * Format (CEF)", version 26, chapters 2 and 4.
 */
final class Cef {

    private static final int MAX_NAME = 512;
    private static final int MAX_MSG = 1023;
    private static final int MAX_CUSTOM = 1000;

    private Cef() {}

    /** @param id id of this very state of the alert */
    static String line(Alert alert, String id, String version) {
        StringBuilder line = new StringBuilder("CEF:0");
        String kind = alert.getKinds().isEmpty()
                ? "DRIFT"
                : alert.getKinds().getFirst().name();
        header(line, "modelwatch");
        header(line, "modelwatch");
        header(line, version);
        header(line, kind);
        header(line, AlertText.cut(AlertText.title(alert), MAX_NAME));
        header(line, Integer.toString(severity(alert.getSeverity())));
        line.append('|');
        Extension extension = new Extension(line);
        extension.add("externalId", alert.getId());
        extension.add("rt", Long.toString(alert.getUpdatedAt().toEpochMilli()));
        extension.add("start", Long.toString(alert.getOpenedAt().toEpochMilli()));
        extension.add(
                "end",
                alert.getClosedAt() == null
                        ? null
                        : Long.toString(alert.getClosedAt().toEpochMilli()));
        extension.add(
                "cat", alert.getKinds().stream().limit(20).map(ChangeKind::name).collect(Collectors.joining(",")));
        extension.add("act", AlertText.lower(alert.getState()));
        extension.add("outcome", alert.getVerdict().name());
        extension.add("reason", alert.getCloseReason() == null ? alert.getReason() : alert.getCloseReason());
        extension.add("suser", alert.getAuthor());
        extension.add("destinationServiceName", alert.getDeployment());
        extension.custom(1, "recordId", id);
        extension.custom(2, "vendor", alert.getVendor());
        extension.custom(3, "owner", alert.getOwner());
        extension.custom(4, "policy", alert.getPolicy());
        extension.custom(5, "correlationId", alert.getCorrelationId());
        NearestProcurement nearest = alert.getNearestProcurement();
        extension.custom(
                6, "nearestProcurement", nearest == null ? null : nearest.getId() + ": " + nearest.getWhyNot());
        extension.add(
                "msg",
                AlertText.cut(
                        alert.getChanges().isEmpty()
                                ? AlertText.summary(alert)
                                : alert.getChanges().stream()
                                        .map(JudgedChange::getChange)
                                        .limit(20)
                                        .map(AlertText::change)
                                        .collect(Collectors.joining("\n")),
                        MAX_MSG));
        return line.toString();
    }

    private static final class Extension {
        private final StringBuilder line;
        private boolean first = true;

        Extension(StringBuilder line) {
            this.line = line;
        }

        void custom(int number, String label, @Nullable String value) {
            if (value != null && !value.isEmpty()) {
                add("cs" + number + "Label", label);
                add("cs" + number, AlertText.cut(value, MAX_CUSTOM));
            }
        }

        void add(String key, @Nullable String value) {
            if (value == null || value.isEmpty()) {
                return;
            }
            line.append(first ? "" : " ").append(key).append('=').append(extension(value));
            first = false;
        }
    }

    private static void header(StringBuilder line, String value) {
        line.append('|').append(header(value));
    }

    /** A header may not have line breaks; the bar and the backslash are escaped, the equals sign is not. */
    static String header(String value) {
        return AlertText.line(value).replace("\\", "\\\\").replace("|", "\\|");
    }

    /** A value may have line breaks, written as {@code \n}; the equals sign and the backslash are escaped, the bar is not. */
    static String extension(String value) {
        return value.replace("\\", "\\\\")
                .replace("=", "\\=")
                .replace("\r\n", "\\n")
                .replace("\n", "\\n")
                .replace("\r", "\\r")
                .replaceAll("[\\p{Cntrl}\\u2028\\u2029]+", " ");
    }

    /** 0 to 3 is low, 4 to 6 medium, 7 and 8 high, 9 and 10 very high. */
    private static int severity(Severity severity) {
        return switch (severity) {
            case UNKNOWN -> 0;
            case INFORMATIONAL -> 1;
            case LOW -> 3;
            case MEDIUM -> 5;
            case HIGH -> 8;
            case CRITICAL -> 10;
        };
    }
}
