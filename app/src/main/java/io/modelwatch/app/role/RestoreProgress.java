package io.modelwatch.app.role;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.StateRestoreListener;

/** Counts what a topology has still to read back from its changelogs; standby copies do not count. */
final class RestoreProgress implements StateRestoreListener {

    /** Records left, by partition of a changelog. */
    private final Map<TopicPartition, Long> left = new ConcurrentHashMap<>();

    /** Returns how many records are left; what transactions leave in the changelogs counts as records. */
    long remaining() {
        return left.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Returns whether any store is being restored. */
    boolean active() {
        return !left.isEmpty();
    }

    @Override
    public void onRestoreStart(TopicPartition partition, String store, long from, long to) {
        left.put(partition, Math.max(0, to - from));
    }

    @Override
    public void onBatchRestored(TopicPartition partition, String store, long lastOffset, long count) {
        left.computeIfPresent(partition, (key, before) -> Math.max(0, before - count));
    }

    @Override
    public void onRestoreEnd(TopicPartition partition, String store, long total) {
        left.remove(partition);
    }

    @Override
    public void onRestoreSuspended(TopicPartition partition, String store, long total) {
        left.remove(partition);
    }
}
