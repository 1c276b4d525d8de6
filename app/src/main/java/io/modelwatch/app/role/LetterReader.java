package io.modelwatch.app.role;

import io.modelwatch.history.api.Intake;
import io.modelwatch.history.api.Letters;
import io.modelwatch.schemas.DeadLetter;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads dead letters off their topic, from the beginning each time: there are few, or something is very wrong. What is
 * held in memory is bounded, and so is the time.
 */
public final class LetterReader implements AutoCloseable {

    /** So many letters are held at once, the newest; a filter reaches the others. */
    static final int MOST = 10_000;

    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final int SHOWN_REASON = 300;
    private static final int SHOWN_KEY = 200;

    private final KafkaConnection kafka;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final String topic;

    /** Connects when it is first asked. */
    public LetterReader(KafkaConnection kafka) {
        this.kafka = kafka;
        this.topic = kafka.topics().name(Topics.DEAD_LETTERS);
        Properties settings = kafka.clientProperties();
        settings.put("isolation.level", "read_committed");
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", "false");
        settings.put("allow.auto.create.topics", "false");
        settings.put("default.api.timeout.ms", "10000");
        this.consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /**
     * A letter as it stands on its topic.
     *
     * @param key of its record, in whole
     */
    public record Found(
            Letters.Letter letter, DeadLetter origin, TopicPartition at, long offset, byte @Nullable [] key) {}

    /** Returns the letters that a filter lets through, by their place; of more than {@link #MOST} the newest. */
    public NavigableMap<String, Found> find(Letters.Filter filter) {
        List<TopicPartition> partitions = partitions(topic);
        NavigableMap<String, Found> found = new TreeMap<>();
        Map<String, Instant> redriven = new HashMap<>();
        read(begin(partitions, filter.since()), record -> {
            Found one = letter(record);
            Long marked = DeadLetter.redriven(record.headers());
            if (one != null && admits(filter, one.letter())) {
                found.put(one.letter().place(), one);
                if (found.size() > MOST) {
                    found.pollFirstEntry();
                }
            } else if (marked != null) {
                redriven.put(id(record.partition(), marked), Instant.ofEpochMilli(record.timestamp()));
            }
            return true;
        });
        found.replaceAll((place, one) -> marked(one, redriven.get(one.letter().id())));
        if (filter.redriven() != null) {
            found.values().removeIf(one -> (one.letter().redrivenAt() != null) != filter.redriven());
        }
        return found;
    }

    /** Returns the record of a letter and the letter; null where there is none of this id. */
    Map.@Nullable Entry<Found, ConsumerRecord<byte[], byte[]>> one(String id) {
        if (!id.matches("\\d{1,4}-\\d{1,18}")) {
            return null;
        }
        TopicPartition partition = new TopicPartition(topic, Integer.parseInt(id.substring(0, id.indexOf('-'))));
        long offset = Long.parseLong(id.substring(id.indexOf('-') + 1));
        if (!partitions(topic).contains(partition)
                || beginnings(List.of(partition)).getOrDefault(partition, 0L) > offset) {
            return null;
        }
        Map<Boolean, ConsumerRecord<byte[], byte[]>> records = new HashMap<>();
        Map<String, Instant> redriven = new HashMap<>();
        // Its mark comes after it, on the same partition.
        read(Map.of(partition, offset), record -> {
            Long marked = DeadLetter.redriven(record.headers());
            if (record.offset() == offset) {
                records.put(true, record);
            } else if (marked != null && marked == offset) {
                redriven.put(id, Instant.ofEpochMilli(record.timestamp()));
                return false;
            }
            return records.containsKey(true);
        });
        ConsumerRecord<byte[], byte[]> record = records.get(true);
        Found found = record == null ? null : letter(record);
        return found == null ? null : Map.entry(marked(found, redriven.get(id)), Objects.requireNonNull(record));
    }

    /** Returns the partitions of a topic; none where there is no such topic. */
    public List<TopicPartition> partitions(String name) {
        return consumer.partitionsFor(name).stream()
                .map(info -> new TopicPartition(name, info.partition()))
                .toList();
    }

    /** Returns the first offsets of some partitions. */
    public Map<TopicPartition, Long> beginnings(List<TopicPartition> partitions) {
        return consumer.beginningOffsets(partitions);
    }

    /**
     * Hands over what stands on some partitions, in the order of each, up to their ends of now.
     *
     * @param from where to begin, by partition
     * @param each returns whether to go on
     * @throws Intake.UnavailableException if the ends are not reached in time
     */
    public void read(Map<TopicPartition, Long> from, Predicate<ConsumerRecord<byte[], byte[]>> each) {
        consumer.assign(from.keySet());
        from.forEach(consumer::seek);
        Map<TopicPartition, Long> ends = consumer.endOffsets(from.keySet());
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (behind(ends)) {
            if (System.nanoTime() > deadline) {
                throw new Intake.UnavailableException(
                        "what stands on " + names(from.keySet()) + " is too much to be read in " + LIMIT.toSeconds()
                                + " s; give a later 'since'",
                        null);
            }
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                long end = ends.getOrDefault(new TopicPartition(record.topic(), record.partition()), 0L);
                if (record.offset() < end && !each.test(record)) {
                    return;
                }
            }
        }
    }

    private boolean behind(Map<TopicPartition, Long> ends) {
        return ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue());
    }

    private static String names(Collection<TopicPartition> partitions) {
        return partitions.stream().map(TopicPartition::topic).distinct().collect(Collectors.joining(", "));
    }

    private Map<TopicPartition, Long> begin(List<TopicPartition> partitions, @Nullable Instant since) {
        if (since == null) {
            return beginnings(partitions);
        }
        Map<TopicPartition, Long> begin = new HashMap<>(consumer.endOffsets(partitions));
        Map<TopicPartition, Long> times = new HashMap<>();
        partitions.forEach(partition -> times.put(partition, Math.max(0, since.toEpochMilli())));
        consumer.offsetsForTimes(times).forEach((partition, at) -> {
            OffsetAndTimestamp first = at;
            if (first != null) {
                begin.put(partition, first.offset());
            }
        });
        return begin;
    }

    private boolean admits(Letters.Filter filter, Letters.Letter letter) {
        String wanted = filter.topic();
        String reason = filter.reason();
        return (wanted == null
                        || letter.topic().equals(wanted)
                        || letter.topic().equals(kafka.topics().prefix() + "." + wanted + ".v1"))
                && (reason == null
                        || letter.reason().toLowerCase(Locale.ROOT).contains(reason.toLowerCase(Locale.ROOT)))
                && (filter.since() == null || !letter.at().isBefore(filter.since()))
                && (filter.until() == null || letter.at().isBefore(filter.until()));
    }

    private static @Nullable Found letter(ConsumerRecord<byte[], byte[]> record) {
        DeadLetter origin = DeadLetter.read(record.headers());
        if (origin == null) {
            return null;
        }
        byte[] key = record.key();
        byte[] value = record.value();
        Letters.Letter letter = new Letters.Letter(
                id(record.partition(), record.offset()),
                Instant.ofEpochMilli(record.timestamp()),
                origin.topic(),
                origin.partition(),
                origin.offset(),
                cut(origin.reason(), SHOWN_REASON),
                origin.by(),
                key == null ? null : cut(new String(key, StandardCharsets.UTF_8), SHOWN_KEY),
                value == null ? 0 : value.length,
                null);
        return new Found(letter, origin, new TopicPartition(record.topic(), record.partition()), record.offset(), key);
    }

    private static Found marked(Found found, @Nullable Instant redrivenAt) {
        Letters.Letter letter = found.letter();
        return redrivenAt == null
                ? found
                : new Found(
                        new Letters.Letter(
                                letter.id(),
                                letter.at(),
                                letter.topic(),
                                letter.partition(),
                                letter.offset(),
                                letter.reason(),
                                letter.by(),
                                letter.key(),
                                letter.bytes(),
                                redrivenAt),
                        found.origin(),
                        found.at(),
                        found.offset(),
                        found.key());
    }

    private static String id(int partition, long offset) {
        return partition + "-" + offset;
    }

    private static String cut(String text, int most) {
        return text.codePointCount(0, text.length()) <= most
                ? text
                : text.substring(0, text.offsetByCodePoints(0, most)) + "…";
    }

    @Override
    public void close() {
        consumer.close();
    }
}
