package io.modelwatch.alerts.delivery;

import io.modelwatch.alerts.delivery.destination.Message;
import io.modelwatch.alerts.drift.Ocsf;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertGroup;
import io.modelwatch.schemas.avro.ChangeVerdict;
import java.nio.charset.StandardCharsets;
import java.util.Set;
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
    private final Deserializer<AlertGroup> groups;
    private final Deserializer<ChangeVerdict> verdicts;
    private final String alertsTopic;
    private final String groupsTopic;
    private final String verdictsTopic;
    private final boolean grouped;
    private final boolean asFindings;

    /**
     * @param grouped whether groups go out in the place of their alerts
     * @param wanted what the destination takes: a group comes in the form of these
     */
    Reader(Topics topics, AvroSerdes serdes, boolean grouped, Set<Topic<?>> wanted) {
        this.alerts = serdes.of(Topics.ALERTS).deserializer();
        this.groups = serdes.of(Topics.ALERT_GROUPS).deserializer();
        this.verdicts = serdes.of(Topics.VERDICTS).deserializer();
        this.alertsTopic = topics.name(Topics.ALERTS);
        this.groupsTopic = topics.name(Topics.ALERT_GROUPS);
        this.verdictsTopic = topics.name(Topics.VERDICTS);
        this.grouped = grouped;
        this.asFindings = wanted.contains(Topics.ALERTS_OCSF);
    }

    /**
     * Returns the message of a record, or null where there is none: it is a tombstone, or an alert of which its group
     * tells.
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
            Alert alert = alerts.deserialize(record.topic(), record.value());
            return grouped && alert.getGroup() != null ? null : new Message.OfAlert(id(record), alert);
        }
        if (record.topic().equals(groupsTopic)) {
            return group(
                    id(record),
                    groups.deserialize(record.topic(), record.value()).getAlert());
        }
        if (record.topic().equals(verdictsTopic)) {
            return new Message.OfVerdict(id(record), verdicts.deserialize(record.topic(), record.value()));
        }
        Message.OfFinding finding = finding(id(record), record.topic(), record.value());
        return grouped && finding.finding().path("unmapped").has("group") ? null : finding;
    }

    private Message group(String id, Alert alert) {
        boolean created = alert.getOpenedAt().equals(alert.getUpdatedAt());
        return asFindings ? finding(id, groupsTopic, Ocsf.finding(alert, created, id)) : new Message.OfAlert(id, alert);
    }

    private static Message.OfFinding finding(String id, String topic, byte[] json) {
        try {
            return new Message.OfFinding(id, json, JsonMapper.shared().readTree(json));
        } catch (JacksonException e) {
            throw new SerializationException(topic + ": not JSON", e);
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
