package io.modelwatch.app.role;

import io.modelwatch.app.platform.PlatformException;
import io.modelwatch.schemas.KafkaConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends what this instance had open when it was killed, before it starts again. A broker that was killed with it was seen
 * to keep the offsets of such a transaction pending after it had written the mark of its end; the topology then asks
 * for its offsets for ever. A transaction of the same producer that ends in order takes them away.
 */
final class KilledTransactions {

    private static final Logger LOGGER = LoggerFactory.getLogger(KilledTransactions.class);

    /** Where Kafka Streams keeps the part of a transactional id that stands for the process. */
    private static final String PROCESS_FILE = "kafka-streams-process-metadata";

    private static final Pattern PROCESS_ID = Pattern.compile("\"processId\"\\s*:\\s*\"([0-9a-f-]{36})\"");

    /** Kafka Streams numbers its threads; there is one a topology. */
    private static final String THREAD = "-1";

    /** Longer than a transaction of Kafka Streams may last (10 s), and than a coordinator takes to load after a start. */
    private static final Duration PATIENCE = Duration.ofSeconds(12);

    private static final long LOOK_MILLIS = 100;

    private KilledTransactions() {}

    /**
     * Ends what one topology of this instance has left open. Offsets of others are not touched: what is written again is
     * what is committed, and only where it has been pending, unchanged, for longer than a transaction may last.
     *
     * @param stateDir where the stores live
     */
    static void end(KafkaConnection kafka, String applicationId, Path stateDir) {
        Path file = stateDir.resolve(applicationId).resolve(PROCESS_FILE);
        if (!Files.exists(file)) {
            return;
        }
        try (Admin admin = Admin.create(kafka.clientProperties())) {
            Matcher process = PROCESS_ID.matcher(Files.readString(file));
            if (process.find() && !pending(admin, applicationId).isEmpty()) {
                end(kafka, admin, applicationId, applicationId + "-" + process.group(1) + THREAD);
            }
        } catch (IOException e) {
            throw new PlatformException("cannot read " + file + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            // A start without this is what it was before; Kafka Streams ends its transactions itself.
            LOGGER.atWarn().setCause(e).addKeyValue("group", applicationId).log("open transactions cannot be ended");
        }
    }

    private static void end(KafkaConnection kafka, Admin admin, String group, String transactionalId)
            throws ExecutionException, InterruptedException, TimeoutException {
        Properties settings = kafka.clientProperties();
        settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            // Aborts the one that is open, if there is one.
            producer.initTransactions();
            Map<TopicPartition, OffsetAndMetadata> stuck = pending(admin, group);
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!stuck.isEmpty() && System.nanoTime() < deadline) {
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
                stuck.entrySet().retainAll(pending(admin, group).entrySet());
            }
            if (stuck.isEmpty()) {
                return;
            }
            LOGGER.atWarn()
                    .addKeyValue("group", group)
                    .addKeyValue("partitions", stuck.size())
                    .log("offsets of a transaction that has ended are still pending; writing them again");
            producer.beginTransaction();
            producer.sendOffsetsToTransaction(stuck, new ConsumerGroupMetadata(group));
            producer.commitTransaction();
        }
    }

    /** Returns the committed offsets beside which others are pending: the client leaves those out without an error. */
    private static Map<TopicPartition, OffsetAndMetadata> pending(Admin admin, String group)
            throws InterruptedException, ExecutionException, TimeoutException {
        Map<TopicPartition, OffsetAndMetadata> pending = offsets(admin, group, false);
        pending.keySet().removeAll(offsets(admin, group, true).keySet());
        return pending;
    }

    private static Map<TopicPartition, OffsetAndMetadata> offsets(Admin admin, String group, boolean stable)
            throws InterruptedException, ExecutionException, TimeoutException {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        admin.listConsumerGroupOffsets(group, new ListConsumerGroupOffsetsOptions().requireStable(stable))
                .partitionsToOffsetAndMetadata()
                .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .forEach((partition, offset) -> {
                    if (offset != null) {
                        offsets.put(partition, offset);
                    }
                });
        return offsets;
    }
}
