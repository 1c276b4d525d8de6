package io.modelwatch.app.cli;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets a server end in order: Ctrl-C or a TERM signal wakes or interrupts the thread that made this, and the process
 * ends only when that thread says it is done.
 */
final class Shutdown implements AutoCloseable {

    /** Longer than any part takes to stop; after it the process ends all the same. */
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile boolean starting = true;

    /** From now on the calling thread is interrupted when the process is asked to end. */
    static Shutdown install() {
        Shutdown shutdown = new Shutdown();
        Thread server = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> shutdown.run(server), "shutdown"));
        return shutdown;
    }

    private void run(Thread server) {
        asked.countDown();
        if (starting) {
            server.interrupt();
        }
        try {
            if (!done.await(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                System.err.println("not stopped after " + LIMIT.toSeconds() + " s; ending all the same");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until the process is asked to end. */
    void await() throws InterruptedException {
        starting = false;
        asked.await();
    }

    /** Returns whether the process has been asked to end. */
    boolean asked() {
        return asked.getCount() == 0;
    }

    /** Lets the process end: everything has been stopped. */
    @Override
    public void close() {
        done.countDown();
    }
}
