package io.modelwatch.app.role;

import io.modelwatch.schemas.AvroSerdes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.DeserializationExceptionHandler;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.ProcessingExceptionHandler;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sorts errors: a record that cannot be read becomes a dead letter and the partition goes on; whatever may pass, such as
 * a registry that cannot be reached, and every bug stops the task, and nothing is lost.
 */
final class DeadLetters {

    private static final Logger LOGGER = LoggerFactory.getLogger(DeadLetters.class);

    private DeadLetters() {}

    /** For records that the deserializer refuses. */
    public static final class OnDeserialization implements DeserializationExceptionHandler {
        private String topic = "";

        @Override
        public void configure(Map<String, ?> configs) {
            topic = topic(configs);
        }

        @Override
        public Response handleError(
                ErrorHandlerContext context, ConsumerRecord<byte[], byte[]> record, Exception exception) {
            return isPoison(exception) ? Response.resume(List.of(letter(topic, context, exception))) : Response.fail();
        }
    }

    /** For records that a processor refuses. */
    public static final class OnProcessing implements ProcessingExceptionHandler {
        private String topic = "";

        @Override
        public void configure(Map<String, ?> configs) {
            topic = topic(configs);
        }

        @Override
        public Response handleError(ErrorHandlerContext context, Record<?, ?> record, Exception exception) {
            return isPoison(exception) ? Response.resume(List.of(letter(topic, context, exception))) : Response.fail();
        }
    }

    private static String topic(Map<String, ?> configs) {
        return String.valueOf(configs.get(StreamsConfig.ERRORS_DEAD_LETTER_QUEUE_TOPIC_NAME_CONFIG));
    }

    /** Only what says of itself that the record is at fault, with nothing in its causes that may pass. */
    static boolean isPoison(Throwable exception) {
        boolean poison = false;
        for (Throwable cause = exception; cause != null; cause = cause.getCause()) {
            if (cause instanceof AvroSerdes.RegistryUnreachableException || cause instanceof RetriableException) {
                return false;
            }
            poison |= cause instanceof SerializationException;
        }
        return poison;
    }

    private static ProducerRecord<byte[], byte[]> letter(
            String topic, ErrorHandlerContext context, Exception exception) {
        LOGGER.atWarn()
                .addKeyValue("topic", context.topic())
                .addKeyValue("partition", context.partition())
                .addKeyValue("offset", context.offset())
                .addKeyValue("reason", exception.getMessage())
                .log("dead letter");
        ProducerRecord<byte[], byte[]> letter =
                new ProducerRecord<>(topic, null, context.sourceRawKey(), context.sourceRawValue());
        letter.headers()
                .add("mw_reason", bytes(exception.getMessage()))
                .add("mw_topic", bytes(context.topic()))
                .add("mw_partition", bytes(Integer.toString(context.partition())))
                .add("mw_offset", bytes(Long.toString(context.offset())));
        return letter;
    }

    private static byte[] bytes(@Nullable String text) {
        return String.valueOf(text).getBytes(StandardCharsets.UTF_8);
    }
}
