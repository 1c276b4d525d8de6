package io.modelwatch.history.api;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What could not be read, and the way back to its topic.
 *
 * <p>All of it throws an {@link Intake.UnavailableException} where Kafka does not answer in time.
 */
public interface Letters {

    /**
     * Returns letters by the time at which they were written.
     *
     * @param after key of the letter after which to begin, or null for the first
     * @param limit how many at most
     */
    Page list(Filter filter, @Nullable String after, int limit) throws InterruptedException;

    /** Returns one letter as it is, or null if there is none of this id. */
    @Nullable
    Content one(String id) throws InterruptedException;

    /**
     * Writes records back to the partition on which they stood, with the key, value and headers that they had, and marks
     * their letters in the same transaction, so that none goes back twice.
     *
     * @param id the one letter, or null for all that the filter lets through
     * @param dryRun only say what would be done
     */
    Outcome redrive(@Nullable String id, Filter filter, boolean dryRun) throws InterruptedException;

    /**
     * Which letters; what is null does not filter.
     *
     * @param topic where the record stands: the full name, or what is between prefix and version
     * @param reason part of the reason, whatever its case
     * @param since written at or after this time
     * @param until written before this time
     * @param redriven whether they were redriven
     */
    record Filter(
            @Nullable String topic,
            @Nullable String reason,
            @Nullable Instant since,
            @Nullable Instant until,
            @Nullable Boolean redriven) {

        /** All letters. */
        public static final Filter ALL = new Filter(null, null, null, null, null);
    }

    /**
     * A letter.
     *
     * @param id its partition and offset, joined by {@code -}
     * @param at when it was written
     * @param topic full name of the topic that the record stands on
     * @param partition its partition
     * @param offset its offset
     * @param reason why it could not be read; cut where it is long
     * @param by who could not read it, where that is known
     * @param key its key as text, or null; cut where it is long
     * @param bytes length of its value
     * @param redrivenAt when it went back to its topic, or null
     */
    record Letter(
            String id,
            Instant at,
            String topic,
            int partition,
            long offset,
            String reason,
            @Nullable String by,
            @Nullable String key,
            int bytes,
            @Nullable Instant redrivenAt) {

        /** Returns its place in a list: letters by time, then by id. */
        public String place() {
            return "%016d-%s".formatted(at.toEpochMilli(), id);
        }
    }

    /**
     * Some letters and whether more follow.
     *
     * @param letters at most as many as were asked for
     */
    record Page(List<Letter> letters, boolean more) {
        /** Copies the list. */
        public Page {
            letters = List.copyOf(letters);
        }
    }

    /**
     * A letter with its record.
     *
     * @param headers the record's own, as text
     * @param value the record's value, or null for a tombstone
     */
    record Content(Letter letter, Map<String, String> headers, byte @Nullable [] value) {
        /** Copies the headers in their order. */
        public Content {
            headers = new LinkedHashMap<>(headers);
        }
    }

    /**
     * What became of a redrive.
     *
     * @param redriven how many went back, or would, by topic
     * @param left letters that stay, by id, with the reason
     * @param more whether there are more than one call takes
     */
    record Outcome(Map<String, Integer> redriven, Map<String, String> left, boolean more) {
        /** Copies the maps. */
        public Outcome {
            redriven = new TreeMap<>(redriven);
            left = new TreeMap<>(left);
        }
    }
}
