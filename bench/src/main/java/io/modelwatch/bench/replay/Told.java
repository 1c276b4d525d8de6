package io.modelwatch.bench.replay;

import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One change in a form in which two ways to it can be compared. Its kind is that of a model's life; which kind a change of a
 * field is called is the matter of other tests.
 *
 * @param what {@code APPEARED}, {@code REMOVED} or {@code CHANGED}
 * @param field the field that changed, or null
 * @param before its value, numbers in one spelling
 * @param after the same
 */
record Told(
        String subject,
        String what,
        @Nullable String field,
        @Nullable String before,
        @Nullable String after,
        Instant effectiveAt,
        Instant observedAt) {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String CHANGED = "CHANGED";

    static Told appeared(String subject, Instant at) {
        return new Told(subject, ChangeKind.APPEARED.name(), null, null, null, at, at);
    }

    static Told changed(String subject, String field, @Nullable String before, @Nullable String after, Instant at) {
        return new Told(subject, CHANGED, field, before, after, at, at);
    }

    static Told removed(String subject, Instant effectiveAt, Instant observedAt) {
        return new Told(subject, ChangeKind.REMOVED.name(), null, null, null, effectiveAt, observedAt);
    }

    static Told of(Change change) {
        return new Told(
                change.getSubject(),
                change.getField() == null ? change.getKind().name() : CHANGED,
                change.getField(),
                change.getBefore() == null ? null : text(JSON.readTree(change.getBefore())),
                change.getAfter() == null ? null : text(JSON.readTree(change.getAfter())),
                change.getEffectiveAt(),
                change.getObservedAt());
    }

    /** Returns a value as text: 1, 1.0 and 1e0 are one number. */
    static String text(JsonNode value) {
        if (value.isNumber()) {
            return value.decimalValue().stripTrailingZeros().toPlainString();
        }
        if (value.isArray()) {
            List<String> texts = new ArrayList<>();
            value.forEach(one -> texts.add(text(one)));
            return texts.toString();
        }
        return value.toString();
    }
}
