package io.modelwatch.schemas;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * What the headers of a dead letter say. Key, value and headers of the letter are those of the record that could not be
 * read; what follows them is said here.
 *
 * @param topic full name of the topic that the record stands on
 * @param partition its partition
 * @param offset its offset
 * @param reason why it could not be read
 * @param by who could not read it: a consumer group, or {@code delivery NAME}; null in letters of before this was said
 */
public record DeadLetter(
        String topic,
        int partition,
        long offset,
        String reason,
        @Nullable String by) {

    /** Begins the {@link #by} of a letter that an endpoint of a delivery refused. */
    public static final String DELIVERY = "delivery ";

    private static final String REASON = "mw_reason";
    private static final String TOPIC = "mw_topic";
    private static final String PARTITION = "mw_partition";
    private static final String OFFSET = "mw_offset";
    private static final String BY = "mw_by";
    private static final String BY_DELIVERY = "mw_delivery";
    private static final String REDRIVEN = "mw_redriven";

    /** Returns whether it is the endpoint of a delivery that refused the record, which everybody else has read. */
    public boolean isOfDelivery() {
        return by != null && by.startsWith(DELIVERY);
    }

    /** Returns the letter that puts a record aside. */
    public ProducerRecord<byte[], byte[]> of(
            String letters, byte @Nullable [] key, byte @Nullable [] value, Headers headers) {
        ProducerRecord<byte[], byte[]> letter = new ProducerRecord<>(letters, key, value);
        headers.forEach(letter.headers()::add);
        put(letter.headers(), REASON, reason);
        put(letter.headers(), TOPIC, topic);
        put(letter.headers(), PARTITION, Integer.toString(partition));
        put(letter.headers(), OFFSET, Long.toString(offset));
        if (by != null && by.startsWith(DELIVERY)) {
            put(letter.headers(), BY_DELIVERY, by.substring(DELIVERY.length()));
        } else if (by != null) {
            put(letter.headers(), BY, by);
        }
        return letter;
    }

    /** Reads the headers of a letter; null where they are not those of one. */
    public static @Nullable DeadLetter read(Headers headers) {
        String topic = text(headers, TOPIC);
        String partition = text(headers, PARTITION);
        String offset = text(headers, OFFSET);
        if (topic == null
                || partition == null
                || offset == null
                || !partition.matches("\\d{1,9}")
                || !offset.matches("\\d{1,18}")) {
            return null;
        }
        String reason = text(headers, REASON);
        String delivery = text(headers, BY_DELIVERY);
        return new DeadLetter(
                topic,
                Integer.parseInt(partition),
                Long.parseLong(offset),
                reason == null ? "" : reason,
                delivery == null ? text(headers, BY) : DELIVERY + delivery);
    }

    /** Returns the headers that the record had before it was put aside. */
    public static Headers original(Headers headers) {
        Header[] all = headers.toArray();
        RecordHeaders original = new RecordHeaders();
        for (int i = 0; i < all.length; i++) {
            if (!isOurs(all, i)) {
                original.add(all[i]);
            }
        }
        return original;
    }

    /** Only the last of a name was put there by {@link #of}: what failed may itself have been a letter once. */
    private static boolean isOurs(Header[] all, int at) {
        if (!List.of(REASON, TOPIC, PARTITION, OFFSET, BY, BY_DELIVERY).contains(all[at].key())) {
            return false;
        }
        for (int later = at + 1; later < all.length; later++) {
            if (all[later].key().equals(all[at].key())) {
                return false;
            }
        }
        return true;
    }

    /** Returns the mark, on the letter's own partition, that a letter was redriven. */
    public static ProducerRecord<byte[], byte[]> redriven(
            String letters, int partition, long offset, byte @Nullable [] key) {
        ProducerRecord<byte[], byte[]> mark = new ProducerRecord<>(letters, partition, key, null);
        put(mark.headers(), REDRIVEN, Long.toString(offset));
        return mark;
    }

    /** Returns the offset of the letter that a mark says was redriven; null where it is no mark. */
    public static @Nullable Long redriven(Headers headers) {
        String offset = text(headers, REDRIVEN);
        return offset == null || text(headers, TOPIC) != null || !offset.matches("\\d{1,18}")
                ? null
                : Long.valueOf(offset);
    }

    private static void put(Headers headers, String name, String value) {
        headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }

    private static @Nullable String text(Headers headers, String name) {
        Header header = headers.lastHeader(name);
        return header == null || header.value() == null ? null : new String(header.value(), StandardCharsets.UTF_8);
    }
}
