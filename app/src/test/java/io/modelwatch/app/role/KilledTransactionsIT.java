package io.modelwatch.app.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.app.platform.EmbeddedPlatform;
import io.modelwatch.app.platform.PlatformConfig;
import io.modelwatch.app.platform.Ports;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Transactions that nobody ended, on a real broker: ours are ended, others are not. */
class KilledTransactionsIT {

    private static final String GROUP = "modelwatch-lineage";
    private static final String OURS = "4c7b2f1e-5f0d-4a3e-9d53-000000000001";
    private static final String OTHERS = "4c7b2f1e-5f0d-4a3e-9d53-000000000002";
    private static final TopicPartition MINE = new TopicPartition("in", 0);
    private static final TopicPartition THEIRS = new TopicPartition("in", 1);

    @TempDir
    Path dir;

    @Test
    void onlyThoseOfThisInstanceAreEnded() throws Exception {
        List<Integer> ports = Ports.free(4);
        PlatformConfig config =
                new PlatformConfig(dir.resolve("data"), ports.get(0), ports.get(1), ports.get(2), ports.get(3));
        try (EmbeddedPlatform platform = EmbeddedPlatform.start(config, System.out::println)) {
            KafkaConnection kafka = new KafkaConnection(
                    platform.bootstrap(),
                    platform.registryUrl(),
                    new Topics("modelwatch"),
                    (short) 1,
                    Map.of(),
                    Map.of());
            Path stateDir = dir.resolve("streams");
            Files.createDirectories(stateDir.resolve(GROUP));
            Files.writeString(
                    stateDir.resolve(GROUP).resolve("kafka-streams-process-metadata"),
                    "{\"processId\":\"" + OURS + "\"}");
            try (Admin admin = Admin.create(kafka.clientProperties())) {
                admin.createTopics(List.of(new NewTopic("in", 2, (short) 1)))
                        .all()
                        .get();
                commit(kafka, OURS, MINE);
                leaveOpen(kafka, OURS, MINE);
                leaveOpen(kafka, OTHERS, THEIRS);
                assertThat(stable(admin)).as("what is pending is left out").isEmpty();

                KilledTransactions.end(kafka, GROUP, stateDir);

                assertThat(stable(admin)).containsOnlyKeys(MINE);
                assertThat(stable(admin).get(MINE).offset())
                        .as("as committed before")
                        .isOne();
                assertThat(admin.listTransactions().all().get())
                        .filteredOn(one -> one.transactionalId().contains(OTHERS))
                        .singleElement()
                        .satisfies(one -> assertThat(one.state()).hasToString("Ongoing"));
            }
        }
    }

    /** As a killed process leaves it: with offsets, and without an end. */
    private static void leaveOpen(KafkaConnection kafka, String process, TopicPartition partition) throws Exception {
        KafkaProducer<byte[], byte[]> producer = producer(kafka, process);
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(partition.topic(), partition.partition(), null, new byte[1]))
                .get();
        producer.sendOffsetsToTransaction(
                Map.of(partition, new OffsetAndMetadata(2)), new ConsumerGroupMetadata(GROUP));
        // Closing at once aborts nothing at the broker.
        producer.close(Duration.ZERO);
    }

    private static void commit(KafkaConnection kafka, String process, TopicPartition partition) {
        try (KafkaProducer<byte[], byte[]> producer = producer(kafka, process)) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.sendOffsetsToTransaction(
                    Map.of(partition, new OffsetAndMetadata(1)), new ConsumerGroupMetadata(GROUP));
            producer.commitTransaction();
        }
    }

    private static KafkaProducer<byte[], byte[]> producer(KafkaConnection kafka, String process) {
        Properties settings = kafka.clientProperties();
        settings.put("transactional.id", GROUP + "-" + process + "-1");
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static Map<TopicPartition, OffsetAndMetadata> stable(Admin admin) throws Exception {
        return admin
                .listConsumerGroupOffsets(GROUP, new ListConsumerGroupOffsetsOptions().requireStable(true))
                .partitionsToOffsetAndMetadata()
                .get()
                .entrySet()
                .stream()
                .filter(entry -> entry.getValue() != null)
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }
}
