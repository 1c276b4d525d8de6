package io.modelwatch.history.ledger;

import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.json.JsonForms;
import java.time.Instant;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * What the ledger keeps of one row. A chain is the revisions of a deployment's MBOM, or what one partition says of its
 * alerts: the order within a partition is that of its offsets, so that a second reading makes the same chain.
 *
 * @param item revision of the MBOM, or offset of the alert's record
 * @param digest SHA-256 of what the row says, hex
 */
public record Entry(String deployment, String stream, long item, String digest) {

    static final String MBOMS = "mboms";
    static final String ALERTS = "alerts/";

    /** Returns the entry of a record, or null for one that the ledger does not keep. */
    public static @Nullable Entry of(ConsumerRecord<byte[], byte[]> record, @Nullable Object value) {
        return switch (value) {
            case Mbom m ->
                mbom(
                        m.getDeployment(),
                        m.getRevision(),
                        m.getAt(),
                        m.getRemoved(),
                        m.getCorrelationId(),
                        JsonForms.mbom(m).toString());
            case Alert a ->
                alert(
                        record.partition(),
                        record.offset(),
                        a.getId(),
                        a.getDeployment(),
                        a.getState().name(),
                        a.getVerdict().name(),
                        a.getSeverity().name(),
                        a.getUpdatedAt(),
                        a.getCorrelationId(),
                        JsonForms.alert(a).toString());
            case null, default -> null;
        };
    }

    static Entry mbom(
            String deployment, long revision, Instant at, boolean removed, String correlationId, String document) {
        byte[] digest = Hashes.texts(
                MBOMS,
                deployment,
                Long.toString(revision),
                at.toString(),
                Boolean.toString(removed),
                correlationId,
                document);
        return new Entry(deployment, MBOMS, revision, Hashes.hex(digest));
    }

    static Entry alert(
            int partition,
            long offset,
            String id,
            String deployment,
            String state,
            String verdict,
            String severity,
            Instant updatedAt,
            String correlationId,
            String document) {
        String stream = ALERTS + partition;
        byte[] digest = Hashes.texts(
                stream,
                Long.toString(offset),
                id,
                deployment,
                state,
                verdict,
                severity,
                updatedAt.toString(),
                correlationId,
                document);
        return new Entry(deployment, stream, offset, Hashes.hex(digest));
    }

    /** Returns the key of its chain. */
    byte[] chain() {
        return Hashes.chain(deployment, stream);
    }
}
