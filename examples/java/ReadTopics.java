import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.ConfluentRegistry;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.Change;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Reads all changes and alerts that there are, with the classes of the module {@code schemas} and nothing else of
 * modelwatch:
 *
 * <pre>java -cp app/target/modelwatch.jar examples/java/ReadTopics.java</pre>
 *
 * <p>With Confluent's own libraries it is the same consumer with {@code value.deserializer} =
 * {@code io.confluent.kafka.serializers.KafkaAvroDeserializer}, {@code schema.registry.url} and
 * {@code specific.avro.reader=true}: the frame is theirs.
 */
public final class ReadTopics {

    public static void main(String[] args) {
        String bootstrap = environment("MODELWATCH_KAFKA_BOOTSTRAP", "127.0.0.1:9092");
        String registry = environment("MODELWATCH_KAFKA_REGISTRY", "http://127.0.0.1:8081/apis/ccompat/v7");
        Topics topics = new Topics(environment("MODELWATCH_TOPICS_PREFIX", "modelwatch"));
        AvroSerdes serdes = new AvroSerdes(new ConfluentRegistry(registry, Map.of()));

        int changes = read(bootstrap, topics.name(Topics.CHANGES), value(serdes, Topics.CHANGES), (Change change) ->
                change.getObservedAt() + " " + change.getKind() + " " + change.getSubject());
        int alerts = read(bootstrap, topics.name(Topics.ALERTS), value(serdes, Topics.ALERTS), (Alert alert) ->
                alert.getUpdatedAt() + " " + alert.getState() + " " + alert.getDeployment() + " " + alert.getVerdict());
        System.out.println(changes + " changes, " + alerts + " records of alerts");
        if (changes == 0 || alerts == 0) {
            System.err.println("a topic had no record: push something first (README.md, Start)");
            System.exit(1);
        }
    }

    private interface Line<V> {
        String of(V value);
    }

    private static <V extends SpecificRecord> Deserializer<V> value(AvroSerdes serdes, Topic<V> topic) {
        return serdes.of(topic).deserializer();
    }

    /** Reads a topic from its beginning to its end of now, without a consumer group. */
    private static <V> int read(String bootstrap, String topic, Deserializer<V> values, Line<V> line) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", bootstrap);
        // Everything is written in transactions: what was aborted is not true.
        settings.put("isolation.level", "read_committed");
        int count = 0;
        try (KafkaConsumer<String, V> consumer = new KafkaConsumer<>(settings, new StringDeserializer(), values)) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
                for (ConsumerRecord<String, V> record : consumer.poll(Duration.ofMillis(200))) {
                    count++;
                    // Remember these to drop what comes twice.
                    String id = new String(record.headers().lastHeader("ce_id").value(), StandardCharsets.UTF_8);
                    if (record.value() != null) {
                        System.out.println(line.of(record.value()) + " " + id);
                    }
                }
            }
        }
        return count;
    }

    private static String environment(String name, String otherwise) {
        return System.getenv().getOrDefault(name, otherwise);
    }
}
