package io.modelwatch.alerts.delivery.destination;

import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.ChangeVerdict;
import tools.jackson.databind.JsonNode;

/** What is delivered: one record of a topic. */
public sealed interface Message {

    /** Returns the record's {@code ce_id}: the same in every run, and so the idempotency key. */
    String id();

    /** Returns the id of the observation behind it, or an empty text where there is none. */
    default String correlationId() {
        return switch (this) {
            case OfAlert one -> one.alert().getCorrelationId();
            case OfFinding one -> one.finding().at("/metadata/correlation_uid").asString("");
            case OfVerdict one -> one.verdict().getJudged().getChange().getCorrelationId();
        };
    }

    /** A state of an alert. */
    record OfAlert(String id, Alert alert) implements Message {}

    /**
     * A state of an alert as an OCSF Detection Finding.
     *
     * @param json the record's very bytes
     * @param finding the same, parsed
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
    record OfFinding(String id, byte[] json, JsonNode finding) implements Message {}

    /** What was said of a provenance change. */
    record OfVerdict(String id, ChangeVerdict verdict) implements Message {}
}
