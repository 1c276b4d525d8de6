package io.modelwatch.app.role;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.DeadLetter;
import io.modelwatch.schemas.StateException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.DeserializationExceptionHandler;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.ProcessingExceptionHandler;
import org.apache.kafka.streams.processor.api.Record;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sorts errors: a record that cannot be read becomes a dead letter and the partition goes on; whatever may pass, such as
 * a registry that cannot be reached, and every bug stops the task, and nothing is lost.
 */
final class DeadLetters {

    private static final Logger LOGGER = LoggerFactory.getLogger(DeadLetters.class);

    /** Kafka makes the handlers, several for each topology: what is counted is counted for the process. */
    private static final LongAdder BURIED = new LongAdder();

    private DeadLetters() {}

    /** Returns how many records the topologies of this process have given up. */
    static long buried() {
        return BURIED.sum();
    }

    /** For records that the deserializer refuses. */
    public static final class OnDeserialization implements DeserializationExceptionHandler {
        private Naming naming = new Naming("", "");

        @Override
        public void configure(Map<String, ?> configs) {
            naming = Naming.of(configs);
        }

        @Override
        public Response handleError(
                ErrorHandlerContext context, ConsumerRecord<byte[], byte[]> record, Exception exception) {
            return isPoison(exception) ? Response.resume(List.of(letter(naming, context, exception))) : Response.fail();
        }
    }

    /** For records that a processor refuses. */
    public static final class OnProcessing implements ProcessingExceptionHandler {
        private Naming naming = new Naming("", "");

        @Override
        public void configure(Map<String, ?> configs) {
            naming = Naming.of(configs);
        }

        @Override
        public Response handleError(ErrorHandlerContext context, Record<?, ?> record, Exception exception) {
            return isPoison(exception) ? Response.resume(List.of(letter(naming, context, exception))) : Response.fail();
        }
    }

    /** Only what says of itself that the record is at fault, with nothing in its causes that may pass or is the state's. */
    static boolean isPoison(Throwable exception) {
        boolean poison = false;
        for (Throwable cause = exception; cause != null; cause = cause.getCause()) {
            if (cause instanceof AvroSerdes.RegistryUnreachableException
                    || cause instanceof RetriableException
                    || cause instanceof StateException) {
                return false;
            }
            poison |= cause instanceof SerializationException;
        }
        return poison;
    }

    private static ProducerRecord<byte[], byte[]> letter(
            Naming naming, ErrorHandlerContext context, Exception exception) {
        LOGGER.atWarn()
                .addKeyValue("topic", context.topic())
                .addKeyValue("partition", context.partition())
                .addKeyValue("offset", context.offset())
                .addKeyValue("reason", exception.getMessage())
                .log("dead letter");
        BURIED.increment();
        String reason = String.valueOf(exception.getMessage());
        return new DeadLetter(context.topic(), context.partition(), context.offset(), reason, naming.group())
                .of(naming.letters(), context.sourceRawKey(), context.sourceRawValue(), context.headers());
    }

    /**
     * @param letters topic of the letters
     * @param group consumer group of the topology
     */
    private record Naming(String letters, String group) {
        static Naming of(Map<String, ?> configs) {
            return new Naming(
                    String.valueOf(configs.get(StreamsConfig.ERRORS_DEAD_LETTER_QUEUE_TOPIC_NAME_CONFIG)),
                    String.valueOf(configs.get(StreamsConfig.APPLICATION_ID_CONFIG)));
        }
    }
}
