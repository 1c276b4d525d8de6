package io.modelwatch.producers.intake;

import io.modelwatch.schemas.avro.AlertAction;
import io.modelwatch.schemas.avro.AlertActionKind;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Lines of what people do with alerts. When is the time at which the line comes in. */
final class AlertActionForm {

    static final List<String> ACTIONS = List.of("acknowledge", "suppress", "close");

    private static final int MAX_REASON = 2000;

    private AlertActionForm() {}

    static @Nullable AlertAction read(Fields line, Instant now) {
        line.as(Form.ALERT_ACTION);
        String alert = line.id("alert");
        String action = line.word("action", ACTIONS);
        String author = line.id("author");
        String reason = line.text("reason");
        Instant until = line.time("until");
        if (reason != null && reason.length() > MAX_REASON) {
            line.wrong("reason", "must have at most " + MAX_REASON + " characters");
        }
        if ("suppress".equals(action)) {
            if (!line.has("until")) {
                line.wrong("until", "required field is missing: a suppression ends by itself");
            } else if (until != null && !until.isAfter(now)) {
                line.wrong("until", "must lie in the future, is " + until);
            }
        } else if (line.has("until") && action != null) {
            line.wrong("until", "only a suppression has an end");
        }
        if (alert == null || action == null || author == null) {
            return null;
        }
        return AlertAction.newBuilder()
                .setAlert(alert)
                .setAction(AlertActionKind.valueOf(action.toUpperCase(Locale.ROOT)))
                .setAuthor(author)
                .setReason(reason)
                .setUntil(until)
                .setAt(now)
                .build();
    }
}
