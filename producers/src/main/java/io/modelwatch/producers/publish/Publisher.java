package io.modelwatch.producers.publish;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.CloudEvents;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.PathHeader;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.TraceParent;
import io.modelwatch.schemas.avro.AlertAction;
import io.modelwatch.schemas.avro.Disclosure;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ObservationKind;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.SourceHealth;
import io.modelwatch.schemas.avro.Tick;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Supplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * The way onto the topics: all records of one call are in one transaction. Thread-safe.
 *
 * <p>Where it is unknown whether a commit went through, the records are sent again: ids are content, so consumers
 * recognise the second copy.
 */
public final class Publisher implements AutoCloseable {

    /** Kafka's own default; one record beyond it is refused here, with words. */
    private static final int MAX_RECORD_BYTES = 1 << 20;

    /** A sweep waits for Kafka this long, times the attempts, before it is given up; the default is a minute. */
    private static final int MAX_BLOCK_MS = 20_000;

    private final KafkaConnection kafka;
    private final AvroSerdes serdes;
    private final InstantSource wall;
    private final Transactions transactions;

    /**
     * @param transactionalId who writes; a second publisher of the same id fences the first
     * @param wall for the stamps in {@link PathHeader}
     */
    public Publisher(KafkaConnection kafka, AvroSerdes serdes, String transactionalId, InstantSource wall) {
        this(kafka, serdes, transactionalId, wall, () -> {});
    }

    /**
     * @param guard called after this publisher fenced the one before it, which it does again after an error; throws a
     *     {@link LostException} where somebody else is to write by now
     */
    public Publisher(
            KafkaConnection kafka, AvroSerdes serdes, String transactionalId, InstantSource wall, Runnable guard) {
        this(kafka, serdes, wall, () -> producer(kafka, transactionalId), guard);
    }

    /** @param producers gives a transactional producer that is not initialised yet, one after the other has failed */
    public Publisher(
            KafkaConnection kafka,
            AvroSerdes serdes,
            InstantSource wall,
            Supplier<Producer<String, byte[]>> producers) {
        this(kafka, serdes, wall, producers, () -> {});
    }

    private Publisher(
            KafkaConnection kafka,
            AvroSerdes serdes,
            InstantSource wall,
            Supplier<Producer<String, byte[]>> producers,
            Runnable guard) {
        this.kafka = kafka;
        this.serdes = serdes;
        this.wall = wall;
        this.transactions = new Transactions(kafka.bootstrap(), producers, guard);
    }

    /**
     * Publishes observations; sweep markers go to every partition.
     *
     * @throws PublishException if nothing was published
     */
    public Published publish(List<Observation> observations) {
        return publish(observations, Map.of());
    }

    /** Publishes observations together with the cursors that stand for them. */
    public Published publish(List<Observation> observations, Map<String, byte[]> cursors) {
        return publish(observations, cursors, null);
    }

    /**
     * Publishes observations that somebody pushed.
     *
     * @param parent the span in which it was done, which goes along on their records; or null
     */
    public Published publish(List<Observation> observations, @Nullable TraceParent parent) {
        return publish(observations, Map.of(), parent);
    }

    private Published publish(
            List<Observation> observations, Map<String, byte[]> cursors, @Nullable TraceParent parent) {
        return transactions.send(target -> {
            List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
            for (Observation observation : observations) {
                byte[] value = bytes(Topics.OBSERVATIONS, observation);
                boolean sweep = observation.getKind() == ObservationKind.SWEEP;
                String key = sweep ? observation.getSource() : observation.getSubject();
                int copies =
                        sweep ? target.partitionsFor(name(Topics.OBSERVATIONS)).size() : 1;
                for (int partition = 0; partition < copies; partition++) {
                    ProducerRecord<String, byte[]> record = record(
                            Topics.OBSERVATIONS,
                            sweep ? partition : null,
                            key,
                            value,
                            observation.getId(),
                            observation.getSource(),
                            observation.getObservedAt());
                    if (parent != null) {
                        parent.put(record.headers());
                    }
                    records.add(record);
                }
            }
            cursors.forEach((key, value) -> records.add(cursor(key, value)));
            return records;
        });
    }

    /** Publishes procurement events. */
    public Published publishProcurement(List<ProcurementEvent> events) {
        return publishProcurement(events, Map.of());
    }

    /** Publishes procurement events together with the cursors that stand for them. */
    public Published publishProcurement(List<ProcurementEvent> events, Map<String, byte[]> cursors) {
        return transactions.send(target -> {
            List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
            for (ProcurementEvent event : events) {
                records.add(record(
                        Topics.PROCUREMENT_EVENTS,
                        null,
                        event.getId(),
                        bytes(Topics.PROCUREMENT_EVENTS, event),
                        event.getCorrelationId(),
                        "procurement",
                        event.getIssuedAt()));
            }
            cursors.forEach((key, value) -> records.add(cursor(key, value)));
            return records;
        });
    }

    /** Publishes what vendors announced. */
    public Published publishDisclosures(List<Disclosure> disclosures) {
        return publishDisclosures(disclosures, Map.of());
    }

    /** Publishes what vendors announced together with the cursors that stand for it. */
    public Published publishDisclosures(List<Disclosure> disclosures, Map<String, byte[]> cursors) {
        return transactions.send(target -> {
            List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
            for (Disclosure disclosure : disclosures) {
                records.add(record(
                        Topics.DISCLOSURES,
                        null,
                        disclosure.getId(),
                        bytes(Topics.DISCLOSURES, disclosure),
                        Ids.digest(
                                disclosure.getCorrelationId(),
                                disclosure.getObservedAt().toString()),
                        disclosure.getVendor(),
                        disclosure.getObservedAt()));
            }
            cursors.forEach((key, value) -> records.add(cursor(key, value)));
            return records;
        });
    }

    /** Publishes what people do with alerts. */
    public Published publishActions(List<AlertAction> actions) {
        return transactions.send(target -> actions.stream()
                .map(action -> record(
                        Topics.ALERT_ACTIONS,
                        null,
                        action.getAlert(),
                        bytes(Topics.ALERT_ACTIONS, action),
                        Ids.digest("alert-action", action.toString()),
                        "alert-actions",
                        action.getAt()))
                .toList());
    }

    /** Publishes the health of a source together with the cursor that lets it go on after a restart. */
    public Published publishHealth(SourceHealth health, Map<String, byte[]> cursors) {
        return transactions.send(target -> {
            List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
            String id = Ids.digest(
                    "health",
                    health.getSource(),
                    health.getAt().toString(),
                    health.getState().name());
            records.add(record(
                    Topics.SOURCES,
                    null,
                    health.getSource(),
                    bytes(Topics.SOURCES, health),
                    id,
                    health.getSource(),
                    health.getAt()));
            cursors.forEach((key, value) -> records.add(
                    record(Topics.CURSORS, null, key, value, Ids.digest("cursor", key, id), key, health.getAt())));
            return records;
        });
    }

    /** Takes sources and their health from the topics. */
    public Published forgetSources(Collection<String> names) {
        return transactions.send(target -> {
            List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
            for (String name : names) {
                records.add(new ProducerRecord<>(name(Topics.SOURCES), name, null));
                records.add(new ProducerRecord<>(name(Topics.CURSORS), name, null));
            }
            return records;
        });
    }

    /** Publishes one tick to each partition. */
    public Published tick(Instant at) {
        return transactions.send(target -> {
            List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
            byte[] value = bytes(Topics.TICKS, Tick.newBuilder().setAt(at).build());
            int partitions = target.partitionsFor(name(Topics.TICKS)).size();
            for (int partition = 0; partition < partitions; partition++) {
                records.add(
                        record(Topics.TICKS, partition, null, value, Ids.digest("tick", at.toString()), "pollers", at));
            }
            return records;
        });
    }

    /**
     * Fences whoever wrote under this id before, and ends what was left open.
     *
     * @throws LostException if somebody else is to write in our place
     * @throws PublishException if Kafka does not answer
     */
    public void renew() {
        transactions.renew();
    }

    private static Producer<String, byte[]> producer(KafkaConnection kafka, String transactionalId) {
        Properties properties = kafka.clientProperties();
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
        properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true");
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, Integer.toString(MAX_BLOCK_MS));
        // A page is a batch: lz4 halves it at next to no cost.
        properties.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Integer.toString(MAX_RECORD_BYTES));
        return new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
    }

    private ProducerRecord<String, byte[]> cursor(String key, byte[] value) {
        String id = Ids.digest("cursor", key, Ids.sha256(value));
        return record(Topics.CURSORS, null, key, value, id, key, wall.instant());
    }

    private ProducerRecord<String, byte[]> record(
            Topic<?> topic,
            @Nullable Integer partition,
            @Nullable String key,
            byte[] value,
            String id,
            String source,
            Instant time) {
        if (value.length > MAX_RECORD_BYTES - 4096) {
            throw new RecordTooLargeException("a record for " + name(topic) + " with key " + key + " has "
                    + value.length + " bytes; at most " + (MAX_RECORD_BYTES - 4096) + " are accepted");
        }
        ProducerRecord<String, byte[]> one = new ProducerRecord<>(name(topic), partition, key, value);
        CloudEvents.set(one.headers(), topic, id, "modelwatch/" + source, key == null ? source : key, time);
        PathHeader.stamp(one.headers(), "poll", wall.millis());
        return one;
    }

    private <V extends SpecificRecord> byte[] bytes(Topic<V> topic, V value) {
        return serdes.of(topic).serializer().serialize(name(topic), value);
    }

    private String name(Topic<?> topic) {
        return kafka.topics().name(topic);
    }

    /** Gives back memory and connections; the next call opens them again. */
    @Override
    public void close() {
        transactions.close();
    }
}
