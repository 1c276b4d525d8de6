package io.modelwatch.history;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * What one poll brought, ready to be written in one transaction.
 *
 * @param moves how far each partition gets by it; a position may move without a record
 * @param records that could be read
 * @param recording what becomes of them
 */
record Batch(Map<TopicPartition, Move> moves, List<Incoming> records, Recording recording) {

    /**
     * The next offset of a partition.
     *
     * @param from what the database holds before, -1 where it holds none
     */
    record Move(long from, long to) {}

    /**
     * A record and its value.
     *
     * @param value null where the record is a tombstone
     * @param replaced whether another of the batch takes its place
     */
    record Incoming(
            ConsumerRecord<byte[], byte[]> record, @Nullable Object value, boolean replaced) {}
}
