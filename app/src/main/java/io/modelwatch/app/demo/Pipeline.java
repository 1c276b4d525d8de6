package io.modelwatch.app.demo;

import io.modelwatch.producers.SweepReport;
import java.util.List;

/** What the replay needs of a running modelwatch. */
interface Pipeline {

    /** Returns the names of the sources. */
    List<String> sources();

    /** Sends the clock's time. */
    void tick();

    /** Sweeps a source to its end. */
    SweepReport poll(String source) throws InterruptedException;

    /** Hands in a batch. */
    void hand(Company.Batch batch) throws InterruptedException;

    /** Returns when all that was published so far has passed every topology. */
    void settle() throws InterruptedException;
}
