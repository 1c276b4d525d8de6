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
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
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

    /** Longer than a coordinator takes to load after a start. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final long LOOK_MILLIS = 50;

    private KilledTransactions() {}

    /**
     * Ends open transactions of one topology of this instance; those of others are left alone.
     *
     * @param stateDir where the stores live
     */
    static void end(KafkaConnection kafka, String applicationId, Path stateDir) {
        Path file = stateDir.resolve(applicationId).resolve(PROCESS_FILE);
        try (Admin admin = Admin.create(kafka.clientProperties())) {
            if (!Files.exists(file)) {
                return;
            }
            Matcher process = PROCESS_ID.matcher(Files.readString(file));
            if (!process.find()) {
                return;
            }
            String prefix = applicationId + "-" + process.group(1) + "-";
            Set<TransactionState> open =
                    Set.of(TransactionState.ONGOING, TransactionState.PREPARE_ABORT, TransactionState.PREPARE_COMMIT);
            for (TransactionListing one : admin.listTransactions(new ListTransactionsOptions().filterStates(open))
                    .all()
                    .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                if (one.transactionalId().startsWith(prefix)) {
                    end(kafka, admin, applicationId, one.transactionalId());
                }
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
            // Aborts the one that is open.
            producer.initTransactions();
            if (isStable(admin, group)) {
                return;
            }
            LOGGER.atWarn()
                    .addKeyValue("group", group)
                    .log("offsets of a transaction that has ended are still pending; writing them again");
            Map<TopicPartition, OffsetAndMetadata> committed = offsets(admin, group, false);
            producer.beginTransaction();
            producer.sendOffsetsToTransaction(committed, new ConsumerGroupMetadata(group));
            producer.commitTransaction();
        }
    }

    /** The client leaves out, without an error, what is pending where stable offsets are asked for. */
    private static boolean isStable(Admin admin, String group)
            throws InterruptedException, ExecutionException, TimeoutException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!offsets(admin, group, true)
                .keySet()
                .equals(offsets(admin, group, false).keySet())) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
        return true;
    }

    private static Map<TopicPartition, OffsetAndMetadata> offsets(Admin admin, String group, boolean stable)
            throws InterruptedException, ExecutionException, TimeoutException {
        ListConsumerGroupOffsetsOptions options =
                new ListConsumerGroupOffsetsOptions().requireStable(stable).timeoutMs((int) PATIENCE.toMillis());
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        admin.listConsumerGroupOffsets(group, options)
                .partitionsToOffsetAndMetadata()
                .get(2 * PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .forEach((partition, offset) -> {
                    if (offset != null) {
                        offsets.put(partition, offset);
                    }
                });
        return offsets;
    }
}
