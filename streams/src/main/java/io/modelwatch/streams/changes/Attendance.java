package io.modelwatch.streams.changes;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.function.BiConsumer;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * When each subject of a source and scope was last seen. Times are kept in pages of {@value #SLOTS}, so that a sweep
 * over unchanged subjects writes one record a page and commit (docs/adr/0005).
 */
final class Attendance {

    static final int SLOTS = 64;

    private static final int SLOT_BYTES = 8;

    /** A slot whose subject is gone, or that was never used. */
    private static final long EMPTY = 0;

    private final KeyValueStore<String, byte[]> pages;
    private final KeyValueStore<String, String> members;
    private final KeyValueStore<String, byte[]> sweeps;

    /**
     * @param pages last sight by source, scope and page
     * @param members subject by source, scope and ordinal
     * @param sweeps by source and scope: the next free ordinal and the start of the last counted sweep
     */
    Attendance(
            KeyValueStore<String, byte[]> pages,
            KeyValueStore<String, String> members,
            KeyValueStore<String, byte[]> sweeps) {
        this.pages = pages;
        this.members = members;
        this.sweeps = sweeps;
    }

    /** Gives a subject its slot; it keeps it for ever. */
    int enrol(String source, String scope, String subject) {
        String key = Keys.join(source, scope);
        Roll roll = roll(key);
        sweeps.put(key, new Roll(roll.next() + 1, roll.lastStartedAt()).toBytes());
        members.put(Keys.join(source, scope, Integer.toString(roll.next())), subject);
        return roll.next();
    }

    /** Notes that a subject was seen; an older sight than the noted one changes nothing. */
    void seen(String source, String scope, int ordinal, Instant at) {
        String key = page(source, scope, ordinal);
        byte[] page = pages.get(key);
        byte[] changed = page == null ? new byte[SLOTS * SLOT_BYTES] : page.clone();
        int offset = offset(ordinal);
        ByteBuffer buffer = ByteBuffer.wrap(changed);
        if (buffer.getLong(offset) < at.toEpochMilli()) {
            buffer.putLong(offset, at.toEpochMilli());
            pages.put(key, changed);
        }
    }

    /** Returns when a subject was last seen, or null. */
    @Nullable
    Instant lastSeen(String source, String scope, int ordinal) {
        byte[] page = pages.get(page(source, scope, ordinal));
        long millis = page == null ? EMPTY : ByteBuffer.wrap(page).getLong(offset(ordinal));
        return millis == EMPTY ? null : Instant.ofEpochMilli(millis);
    }

    /** Frees a subject's slot of its time: later sweeps do not count it. */
    void forget(String source, String scope, int ordinal) {
        String key = page(source, scope, ordinal);
        byte[] page = pages.get(key);
        if (page != null) {
            byte[] changed = page.clone();
            ByteBuffer.wrap(changed).putLong(offset(ordinal), EMPTY);
            pages.put(key, changed);
        }
    }

    /**
     * Names every subject that a complete sweep missed.
     *
     * @param absent receives subject and ordinal
     * @return false if this sweep, or a later one, was counted before: then nothing is named
     */
    boolean complete(String source, String scope, Instant startedAt, BiConsumer<String, Integer> absent) {
        String key = Keys.join(source, scope);
        Roll roll = roll(key);
        if (startedAt.toEpochMilli() <= roll.lastStartedAt()) {
            return false;
        }
        sweeps.put(key, new Roll(roll.next(), startedAt.toEpochMilli()).toBytes());
        for (int first = 0; first < roll.next(); first += SLOTS) {
            byte[] page = pages.get(page(source, scope, first));
            if (page == null) {
                continue;
            }
            ByteBuffer times = ByteBuffer.wrap(page);
            for (int ordinal = first; ordinal < Math.min(first + SLOTS, roll.next()); ordinal++) {
                long last = times.getLong(offset(ordinal));
                if (last != EMPTY && last < startedAt.toEpochMilli()) {
                    String subject = members.get(Keys.join(source, scope, Integer.toString(ordinal)));
                    if (subject != null) {
                        absent.accept(subject, ordinal);
                    }
                }
            }
        }
        return true;
    }

    private Roll roll(String key) {
        byte[] bytes = sweeps.get(key);
        return bytes == null ? new Roll(0, Long.MIN_VALUE) : Roll.fromBytes(bytes);
    }

    private static String page(String source, String scope, int ordinal) {
        return Keys.join(source, scope, Integer.toString(ordinal / SLOTS));
    }

    private static int offset(int ordinal) {
        return ordinal % SLOTS * SLOT_BYTES;
    }

    private record Roll(int next, long lastStartedAt) {
        byte[] toBytes() {
            return ByteBuffer.allocate(12).putInt(next).putLong(lastStartedAt).array();
        }

        static Roll fromBytes(byte[] bytes) {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            return new Roll(in.getInt(), in.getLong());
        }
    }
}
