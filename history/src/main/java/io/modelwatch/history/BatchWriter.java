package io.modelwatch.history;

import io.modelwatch.history.ledger.Entry;
import io.modelwatch.history.ledger.Ledger;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Writes batches one after the other on a thread of its own, one at a time. Once one has failed, nothing more may be
 * written by it: what comes behind starts from an offset that was not reached.
 */
final class BatchWriter implements AutoCloseable {

    /** Gives a connection, which the caller closes. */
    interface Connections {
        Connection get() throws SQLException;
    }

    private final Connections database;
    private final Ledger ledger;
    private final LetterWriter letters;
    private final BiConsumer<List<Batch.Incoming>, Instant> written;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("history-writer").factory());

    private @Nullable Future<?> underWay;
    private volatile int waiting;

    /** @param written told of what is in the database, and since when it was written, on the writing thread */
    BatchWriter(
            Connections database,
            Ledger ledger,
            LetterWriter letters,
            BiConsumer<List<Batch.Incoming>, Instant> written) {
        this.database = database;
        this.ledger = ledger;
        this.letters = letters;
        this.written = written;
    }

    /**
     * Waits for the batch before, and begins with this one.
     *
     * @throws SQLException if the one before could not be written
     */
    void write(Batch batch) throws SQLException, ExecutionException, InterruptedException {
        await();
        waiting = batch.records().size();
        underWay = thread.submit(() -> {
            Instant since = Instant.now();
            writeWhole(batch);
            written.accept(batch.records(), since);
            waiting = 0;
            return null;
        });
    }

    /** Returns how many records are being written. */
    int waiting() {
        return waiting;
    }

    /**
     * Returns whether nothing is being written.
     *
     * @throws SQLException if the last one could not be written
     */
    boolean isIdle() throws SQLException, ExecutionException, InterruptedException {
        if (underWay != null && underWay.isDone()) {
            await();
        }
        return underWay == null;
    }

    /** Waits until all is written, and throws what went wrong. */
    void await() throws SQLException, ExecutionException, InterruptedException {
        if (underWay == null) {
            return;
        }
        try {
            underWay.get();
            underWay = null;
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case SQLException cause -> throw cause;
                case RuntimeException cause -> throw cause;
                case null, default -> throw e;
            }
        }
    }

    /** Waits until nothing is being written; what went wrong is told by whatever is called next. */
    void settle() {
        if (underWay != null) {
            try {
                underWay.get();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (ExecutionException e) {
                // It stays as it is.
            }
        }
    }

    /** Waits for the batch under way: it becomes whole, or nothing of it does. */
    @Override
    public void close() {
        thread.close();
    }

    private void writeWhole(Batch batch) throws SQLException, ExecutionException, InterruptedException {
        try {
            inTransaction(batch, connection -> {
                batch.recording().write(connection);
                return batch.recording().entries();
            });
        } catch (SQLException e) {
            if (!isPoison(e)) {
                throw e;
            }
            inTransaction(batch, connection -> writeOneByOne(connection, batch));
        }
    }

    /** Writes rows, and returns the entries of those that the database took. */
    private interface Rowwise {
        List<Entry> write(Connection connection) throws SQLException, ExecutionException, InterruptedException;
    }

    private void inTransaction(Batch batch, Rowwise rows)
            throws SQLException, ExecutionException, InterruptedException {
        try (Connection connection = database.get()) {
            connection.setAutoCommit(false);
            try {
                HistorySink.takeTurn(connection);
                HistoryDatabase.requireKnown(connection);
                for (Map.Entry<TopicPartition, Batch.Move> move : batch.moves().entrySet()) {
                    moveOffset(connection, move.getKey(), move.getValue());
                }
                ledger.append(connection, rows.write(connection));
                connection.commit();
            } catch (SQLException | RuntimeException | ExecutionException | InterruptedException e) {
                connection.rollback();
                throw e;
            }
        }
    }

    /** Each record is tried alone, so that one that the database refuses can be told. */
    private List<Entry> writeOneByOne(Connection connection, Batch batch)
            throws SQLException, ExecutionException, InterruptedException {
        List<Entry> entries = new ArrayList<>();
        for (Batch.Incoming one : batch.records()) {
            Recording recording = new Recording();
            recording.add(one.record(), one.value(), one.replaced());
            Savepoint before = connection.setSavepoint();
            try {
                recording.write(connection);
                connection.releaseSavepoint(before);
                entries.addAll(recording.entries());
            } catch (SQLException e) {
                if (!isPoison(e)) {
                    throw e;
                }
                connection.rollback(before);
                letters.bury(one.record(), "the database refuses it: " + reason(e));
            }
        }
        return entries;
    }

    /**
     * Data exceptions (class 22), violated constraints (23) and exceeded limits such as a key too long for its index
     * (54) are the record's fault and stay, however often tried.
     */
    private static boolean isPoison(SQLException e) {
        String state = e.getSQLState();
        return state != null && (state.startsWith("22") || state.startsWith("23") || state.startsWith("54"));
    }

    /** Returns what the server says: the message of a batch quotes the whole statement, and with it the record. */
    static String reason(SQLException e) {
        SQLException cause = e.getNextException();
        return String.valueOf((cause == null ? e : cause).getMessage());
    }

    private static void moveOffset(Connection connection, TopicPartition partition, Batch.Move move)
            throws SQLException {
        String sql = move.from() < 0
                ? "insert into sink_offsets (next_offset, topic, partition) values (?, ?, ?) on conflict do nothing"
                : "update sink_offsets set next_offset = ? where topic = ? and partition = ? and next_offset = ?";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, move.to());
            statement.setString(2, partition.topic());
            statement.setInt(3, partition.partition());
            if (move.from() >= 0) {
                statement.setLong(4, move.from());
            }
            if (statement.executeUpdate() != 1) {
                throw new IllegalStateException(
                        partition + ": another instance has written past offset " + move.from());
            }
        }
    }
}
