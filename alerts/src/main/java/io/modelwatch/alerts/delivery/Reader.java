package io.modelwatch.alerts.delivery;

import io.modelwatch.alerts.delivery.destination.Message;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.ChangeVerdict;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Makes messages of records. */
final class Reader {

    private final Deserializer<Alert> alerts;
    private final Deserializer<ChangeVerdict> verdicts;
    private final String alertsTopic;
    private final String verdictsTopic;

    Reader(Topics topics, AvroSerdes serdes) {
        this.alerts = serdes.of(Topics.ALERTS).deserializer();
        this.verdicts = serdes.of(Topics.VERDICTS).deserializer();
        this.alertsTopic = topics.name(Topics.ALERTS);
        this.verdictsTopic = topics.name(Topics.VERDICTS);
    }

    /**
     * Returns the message of a record, or null where it is a tombstone.
     *
     * @throws SerializationException if the record cannot be read, now or ever
     * @throws AvroSerdes.RegistryUnreachableException if the registry cannot be asked
     */
    @Nullable
    Message read(ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null) {
            return null;
        }
        if (record.topic().equals(alertsTopic)) {
            return new Message.OfAlert(id(record), alerts.deserialize(record.topic(), record.value()));
        }
        if (record.topic().equals(verdictsTopic)) {
            return new Message.OfVerdict(id(record), verdicts.deserialize(record.topic(), record.value()));
        }
        try {
            return new Message.OfFinding(
                    id(record), record.value(), JsonMapper.shared().readTree(record.value()));
        } catch (JacksonException e) {
            throw new SerializationException(record.topic() + ": not JSON", e);
        }
    }

    /** A record of another hand may lack the header: its place is as good a key, as long as the topic lives. */
    private static String id(ConsumerRecord<byte[], byte[]> record) {
        Header header = record.headers().lastHeader("ce_id");
        return header == null || header.value() == null
                ? Ids.digest("delivery", record.topic(), record.partition() + ":" + record.offset())
                : new String(header.value(), StandardCharsets.UTF_8).replaceAll("[^\\x21-\\x7e]", "");
    }
}
