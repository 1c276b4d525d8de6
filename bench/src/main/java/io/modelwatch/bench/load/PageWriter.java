package io.modelwatch.bench.load;

import io.modelwatch.producers.publish.Published;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Observation;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Writes observations as fast as it can, as pollers do: with their headers, compression and transactions. */
public final class PageWriter {

    /** Observations in a transaction: a large page of a large listing. */
    private static final int PAGE = 5000;

    private final Publisher publisher;
    private final long total;
    private final Consumer<String> progress;
    private final List<Observation> page = new ArrayList<>(PAGE);
    private final long begin = System.nanoTime();
    private long loaded;
    private long records;
    private Published published = Published.NOTHING;

    /** @param total how many observations will come, for the progress */
    public PageWriter(Publisher publisher, long total, Consumer<String> progress) {
        this.publisher = publisher;
        this.total = total;
        this.progress = progress;
    }

    /** Adds an observation of one subject. */
    public void add(Observation observation) {
        page.add(observation);
        loaded++;
        records++;
        if (page.size() == PAGE) {
            flush();
        }
    }

    /** Ends a sweep; its marker goes to every partition. */
    public void end(Observation marker) {
        page.add(marker);
        records += Topics.PARTITIONS;
        flush();
        progress.accept("loaded %,d of %,d observations, %,.0f/s"
                .formatted(loaded, total, loaded * 1e9 / (System.nanoTime() - begin)));
    }

    private void flush() {
        published = published.and(publisher.publish(page));
        page.clear();
    }

    /** Returns where what was written ends, as of the last sweep that was ended. */
    public Published published() {
        return published;
    }

    /** Returns how many records were written, markers among them. */
    public long records() {
        return records;
    }
}
