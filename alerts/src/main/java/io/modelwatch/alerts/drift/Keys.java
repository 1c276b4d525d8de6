package io.modelwatch.alerts.drift;

import java.util.function.BiConsumer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Keys of stores that are made of parts, with a NUL between two of them, so that all entries that share the first ones are
 * read in one go.
 */
final class Keys {

    private static final char SEPARATOR = '\0';
    private static final StringSerializer SERIALIZER = new StringSerializer();

    private Keys() {}

    /** Returns the key of some parts; with an empty last one, what the keys of all others before it begin with. */
    static String of(String... parts) {
        return String.join(String.valueOf(SEPARATOR), parts);
    }

    /** Returns the second part of a key of three. */
    static String second(String key) {
        int begin = key.indexOf(SEPARATOR) + 1;
        return key.substring(begin, key.indexOf(SEPARATOR, begin));
    }

    /** Hands on every entry of a store whose key begins with something, by key. */
    static <V> void scan(KeyValueStore<String, V> store, String prefix, BiConsumer<String, V> each) {
        try (KeyValueIterator<String, V> all = store.prefixScan(prefix, SERIALIZER)) {
            all.forEachRemaining(entry -> each.accept(entry.key, entry.value));
        }
    }

    /** Returns whether any key of a store begins with something. */
    static boolean isAny(KeyValueStore<String, ?> store, String prefix) {
        try (KeyValueIterator<String, ?> some = store.prefixScan(prefix, SERIALIZER)) {
            return some.hasNext();
        }
    }
}
