package io.modelwatch.streams.changes;

import org.apache.kafka.common.errors.SerializationException;
import org.jspecify.annotations.Nullable;

/** Composite keys of the stores: parts joined by a zero character, which no part may hold. */
final class Keys {

    private static final char SEPARATOR = '\0';

    /** The character after the separator: ends a range over everything that begins with a part. */
    private static final char AFTER = '\1';

    private Keys() {}

    static String join(String... parts) {
        for (String part : parts) {
            if (part.indexOf(SEPARATOR) >= 0) {
                throw new SerializationException("a zero character in a source, scope or subject");
            }
        }
        return String.join(String.valueOf(SEPARATOR), parts);
    }

    /** No scope and an empty one are two things. */
    static String scope(@Nullable String scope) {
        return scope == null ? "-" : "=" + scope;
    }

    static String first(String part) {
        return part + SEPARATOR;
    }

    static String end(String part) {
        return part + AFTER;
    }
}
