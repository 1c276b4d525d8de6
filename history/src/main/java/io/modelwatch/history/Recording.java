package io.modelwatch.history;

import io.modelwatch.history.bitemporal.Bitemporal;
import io.modelwatch.history.ledger.Entry;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.json.JsonForms;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * What the records of one transaction become: rows of their own, what they mean for the tables with two times, and
 * entries of the ledger. It needs no database until it is written.
 */
final class Recording {

    private final Batches batches = new Batches();
    private final ChangeRows changes = new ChangeRows();
    private final Bitemporal meaning = new Bitemporal();
    private final List<Entry> entries = new ArrayList<>();

    /** Returns when the observation behind a record came in, or null where the record does not say. */
    static @Nullable Instant arrived(ConsumerRecord<byte[], byte[]> record) {
        return record.timestamp() == ConsumerRecord.NO_TIMESTAMP ? null : Instant.ofEpochMilli(record.timestamp());
    }

    /**
     * Adds a record.
     *
     * @param value the record's value, null for a tombstone
     * @param replaced whether another of the same transaction takes its place
     */
    void add(ConsumerRecord<byte[], byte[]> record, @Nullable Object value, boolean replaced) {
        Entry entry = Entry.of(record, value);
        if (entry != null) {
            entries.add(entry);
        }
        String document = "";
        switch (value) {
            case Change change -> {
                document = JsonForms.change(change).toString();
                changes.add(change, document, Rows.path(record), arrived(record));
                meaning.add(change, document, arrived(record));
                return;
            }
            case Mbom mbom -> {
                document = JsonForms.mbom(mbom).toString();
                meaning.add(mbom, document, arrived(record));
            }
            case Lineage lineage -> meaning.add(lineage);
            case Alert alert -> {
                document = JsonForms.alert(alert).toString();
                meaning.add(alert, document);
            }
            case ProcurementEvent event -> meaning.add(event);
            case null -> {
                Instant at = arrived(record);
                if (at != null && record.topic().endsWith(".lineage.v1")) {
                    meaning.forget(new String(record.key(), StandardCharsets.UTF_8), at);
                }
            }
            default -> {
                // A row of its own is all there is of it.
            }
        }
        if (!replaced) {
            Rows.add(batches, record, value, document);
        }
    }

    /** Returns what the ledger keeps of it. */
    List<Entry> entries() {
        return entries;
    }

    /**
     * Writes the rows; the entries are left to the caller.
     *
     * @param connection of a transaction that has the writers' turn
     */
    void write(Connection connection) throws SQLException {
        changes.write(connection);
        batches.execute(connection);
        meaning.write(connection);
    }
}
