package io.modelwatch.app.role;

import io.modelwatch.history.api.Intake;
import io.modelwatch.history.api.Letters;
import io.modelwatch.schemas.DeadLetter;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Shows dead letters and takes them back to their topics. A record and the mark of its letter go in one transaction, and
 * whoever redrives first fences everybody else who does and then reads the marks: so none goes back twice.
 */
final class LetterBox implements Letters {

    /** Records and marks of one transaction: small enough to end long before its timeout. */
    private static final int BATCH_RECORDS = 400;

    private static final int BATCH_BYTES = 4 << 20;

    private final KafkaConnection kafka;
    private final ReentrantLock redriving = new ReentrantLock();

    LetterBox(KafkaConnection kafka) {
        this.kafka = kafka;
    }

    @Override
    public Page list(Filter filter, @Nullable String after, int limit) {
        return ask(reader -> {
            NavigableMap<String, LetterReader.Found> found = reader.find(filter);
            Collection<LetterReader.Found> rest =
                    after == null ? found.values() : found.tailMap(after, false).values();
            return new Page(
                    rest.stream().limit(limit).map(LetterReader.Found::letter).toList(), rest.size() > limit);
        });
    }

    @Override
    public @Nullable Content one(String id) {
        return ask(reader -> Optional.ofNullable(content(reader, id))).orElse(null);
    }

    private static @Nullable Content content(LetterReader reader, String id) {
        Map.Entry<LetterReader.Found, ConsumerRecord<byte[], byte[]>> one = reader.one(id);
        if (one == null) {
            return null;
        }
        Map<String, String> headers = new LinkedHashMap<>();
        DeadLetter.original(one.getValue().headers())
                .forEach(header -> headers.put(
                        header.key(),
                        header.value() == null ? "" : new String(header.value(), StandardCharsets.UTF_8)));
        return new Content(one.getKey().letter(), headers, one.getValue().value());
    }

    @Override
    public Outcome redrive(@Nullable String id, Filter filter, boolean dryRun) {
        redriving.lock();
        try {
            if (dryRun) {
                return ask(reader -> new Plan(reader, id, filter).outcome());
            }
            try (KafkaProducer<byte[], byte[]> producer = producer()) {
                producer.initTransactions();
                return ask(reader -> {
                    Plan plan = new Plan(reader, id, filter);
                    send(reader, producer, plan);
                    return plan.outcome();
                });
            } catch (KafkaException e) {
                throw away(e);
            }
        } finally {
            redriving.unlock();
        }
    }

    /** Returns the transactional id of whoever redrives: one at a time, whatever the instance. */
    static String transactionalId(Topics topics) {
        return topics.prefix() + "-redrive";
    }

    private KafkaProducer<byte[], byte[]> producer() {
        Properties settings = kafka.clientProperties();
        settings.put("transactional.id", transactionalId(kafka.topics()));
        settings.put("acks", "all");
        settings.put("max.block.ms", "10000");
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private interface Question<T> {
        T of(LetterReader reader);
    }

    private <T> T ask(Question<T> question) {
        try (LetterReader reader = new LetterReader(kafka)) {
            return question.of(reader);
        } catch (KafkaException e) {
            throw away(e);
        }
    }

    private static Intake.UnavailableException away(KafkaException e) {
        return new Intake.UnavailableException(
                "Kafka does not answer (" + e.getClass().getSimpleName() + "); what was not redriven can be again", e);
    }

    /** Sends letter after letter in the order in which they were put aside, which within a key is that of the topic. */
    private void send(LetterReader reader, KafkaProducer<byte[], byte[]> producer, Plan plan) {
        Map<TopicPartition, Long> from = new HashMap<>();
        Map<TopicPartition, Map<Long, LetterReader.Found>> chosen = new HashMap<>();
        for (LetterReader.Found one : plan.chosen) {
            from.merge(one.at(), one.offset(), Math::min);
            chosen.computeIfAbsent(one.at(), unused -> new HashMap<>()).put(one.offset(), one);
        }
        if (from.isEmpty()) {
            return;
        }
        List<ProducerRecord<byte[], byte[]>> batch = new ArrayList<>();
        int[] bytes = {0};
        reader.read(from, record -> {
            TopicPartition at = new TopicPartition(record.topic(), record.partition());
            Map<Long, LetterReader.Found> left = chosen.getOrDefault(at, Map.of());
            LetterReader.Found one = left.remove(record.offset());
            if (one != null) {
                Headers headers = DeadLetter.original(record.headers());
                DeadLetter origin = one.origin();
                batch.add(new ProducerRecord<>(
                        origin.topic(), origin.partition(), null, record.key(), record.value(), headers));
                for (LetterReader.Found letter : plan.lettersOf(one)) {
                    batch.add(DeadLetter.redriven(
                            record.topic(), letter.at().partition(), letter.offset(), record.key()));
                }
                bytes[0] += one.letter().bytes();
            }
            if (batch.size() >= BATCH_RECORDS || bytes[0] >= BATCH_BYTES) {
                commit(producer, batch);
                bytes[0] = 0;
            }
            chosen.values().removeIf(Map::isEmpty);
            return !chosen.isEmpty();
        });
        commit(producer, batch);
    }

    private static void commit(KafkaProducer<byte[], byte[]> producer, List<ProducerRecord<byte[], byte[]>> batch) {
        if (!batch.isEmpty()) {
            producer.beginTransaction();
            batch.forEach(producer::send);
            producer.commitTransaction();
            batch.clear();
        }
    }

    /** What goes back and what stays. A record goes back once, however many could not read it. */
    private final class Plan {
        private final List<LetterReader.Found> chosen = new ArrayList<>();
        private final Map<String, String> left = new TreeMap<>();
        private final Map<Origin, List<LetterReader.Found>> letters = new HashMap<>();
        private final boolean more;

        Plan(LetterReader reader, @Nullable String id, Filter filter) {
            Collection<LetterReader.Found> wanted = wanted(reader, id, filter);
            more = wanted.size() >= LetterReader.MOST;
            if (!wanted.isEmpty()) {
                reader.find(Filter.ALL)
                        .values()
                        .forEach(one -> letters.computeIfAbsent(Origin.of(one), unused -> new ArrayList<>())
                                .add(one));
            }
            Map<String, Topic<?>> known = Topics.all().stream()
                    .collect(Collectors.toMap(topic -> kafka.topics().name(topic), topic -> topic));
            Map<String, List<TopicPartition>> partitions = new HashMap<>();
            List<LetterReader.Found> compacted = new ArrayList<>();
            Set<Origin> seen = new HashSet<>();
            for (LetterReader.Found one : wanted) {
                DeadLetter origin = one.origin();
                Topic<?> topic = known.get(origin.topic());
                String before = redriven(one);
                if (before != null) {
                    left.put(one.letter().id(), before);
                } else if (origin.isOfDelivery()) {
                    left.put(
                            one.letter().id(),
                            "only the endpoint of a delivery refused it; everybody else has read it from its topic");
                } else if (topic == null) {
                    left.put(one.letter().id(), origin.topic() + " is none of our topics");
                } else if (!partitions
                        .computeIfAbsent(origin.topic(), reader::partitions)
                        .contains(new TopicPartition(origin.topic(), origin.partition()))) {
                    left.put(one.letter().id(), origin.topic() + " has no partition " + origin.partition());
                } else if (seen.add(Origin.of(one))) {
                    (topic.cleanup() == Topic.Cleanup.DELETE ? chosen : compacted).add(one);
                }
            }
            newest(reader, compacted);
        }

        /** Letters that were redriven are among them: one that is asked for by its id is told so. */
        private static Collection<LetterReader.Found> wanted(LetterReader reader, @Nullable String id, Filter filter) {
            if (id == null) {
                return reader.find(new Filter(filter.topic(), filter.reason(), filter.since(), filter.until(), false))
                        .values();
            }
            Map.Entry<LetterReader.Found, ConsumerRecord<byte[], byte[]>> one = reader.one(id);
            return one == null ? List.of() : List.of(one.getKey());
        }

        private @Nullable String redriven(LetterReader.Found one) {
            if (one.letter().redrivenAt() != null) {
                return "it was redriven at " + one.letter().redrivenAt();
            }
            return letters.getOrDefault(Origin.of(one), List.of()).stream()
                    .map(LetterReader.Found::letter)
                    .filter(letter -> letter.redrivenAt() != null)
                    .findFirst()
                    .map(letter -> "its record was redriven with letter " + letter.id())
                    .orElse(null);
        }

        /** Returns all letters of the same record, but for those of deliveries, which do not read it again for that. */
        List<LetterReader.Found> lettersOf(LetterReader.Found one) {
            List<LetterReader.Found> all = new ArrayList<>(List.of(one));
            letters.getOrDefault(Origin.of(one), List.of()).stream()
                    .filter(other -> !other.origin().isOfDelivery())
                    .filter(other -> !other.letter().id().equals(one.letter().id()))
                    .forEach(all::add);
            return all;
        }

        /** On a topic that holds the state of each key, an old record after a newer one would bring the past back. */
        private void newest(LetterReader reader, List<LetterReader.Found> compacted) {
            Map<TopicPartition, Long> from = new HashMap<>();
            Map<TopicPartition, Map<ByteBuffer, Long>> newest = new HashMap<>();
            for (LetterReader.Found one : compacted) {
                TopicPartition partition =
                        new TopicPartition(one.origin().topic(), one.origin().partition());
                from.merge(partition, one.origin().offset(), Math::min);
            }
            if (!from.isEmpty()) {
                reader.read(from, record -> {
                    if (record.key() != null) {
                        newest.computeIfAbsent(
                                        new TopicPartition(record.topic(), record.partition()),
                                        unused -> new HashMap<>())
                                .put(ByteBuffer.wrap(record.key()), record.offset());
                    }
                    return true;
                });
            }
            for (LetterReader.Found one : compacted) {
                TopicPartition partition =
                        new TopicPartition(one.origin().topic(), one.origin().partition());
                byte[] key = one.key();
                Long last = key == null
                        ? null
                        : newest.getOrDefault(partition, Map.of()).get(ByteBuffer.wrap(key));
                if (last != null && last > one.origin().offset()) {
                    left.put(one.letter().id(), "a newer record of its key is at offset " + last);
                } else {
                    chosen.add(one);
                }
            }
        }

        Outcome outcome() {
            Map<String, Integer> topics = new TreeMap<>();
            chosen.forEach(one -> topics.merge(one.letter().topic(), 1, Integer::sum));
            return new Outcome(topics, left, more);
        }
    }

    /** Where a record stands that could not be read. */
    private record Origin(String topic, int partition, long offset) {
        static Origin of(LetterReader.Found one) {
            DeadLetter origin = one.origin();
            return new Origin(origin.topic(), origin.partition(), origin.offset());
        }
    }
}
