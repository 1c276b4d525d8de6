package io.modelwatch.producers;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.quartz.spi.ThreadPool;

/** Runs Quartz jobs on virtual threads: sweeps mostly wait for the network. Public, since Quartz calls it by reflection. */
public final class VirtualThreadPool implements ThreadPool {

    /** A sweep ends in far less once it is interrupted; one that does not must not hold up the stop. */
    private static final long STOP_SECONDS = 5;

    private static final long CHECK_MILLIS = 200;

    private final Thread.Builder.OfVirtual threads = Thread.ofVirtual().name("sweep-", 0);
    private final int size;
    private final Semaphore permits;
    private final Set<Thread> running = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    VirtualThreadPool(int size) {
        this.size = size;
        this.permits = new Semaphore(size);
    }

    @Override
    public boolean runInThread(Runnable work) {
        if (!permits.tryAcquire()) {
            return false;
        }
        Thread thread = threads.unstarted(() -> {
            try {
                work.run();
            } finally {
                permits.release();
                running.remove(Thread.currentThread());
            }
        });
        running.add(thread);
        thread.start();
        if (closed) {
            // Quartz has fired it a moment before: a refusal would have it give the job up for good, in a shared store
            // for
            // all instances. It ends as those do that are cut.
            thread.interrupt();
        }
        return true;
    }

    @Override
    public int blockForAvailableThreads() {
        // Quartz waits for the thread that waits here before it shuts the pool down: it must come back by itself.
        try {
            while (!closed) {
                if (permits.tryAcquire(CHECK_MILLIS, TimeUnit.MILLISECONDS)) {
                    permits.release();
                    return Math.max(1, permits.availablePermits());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return 0;
    }

    @Override
    public void initialize() {}

    @Override
    public void shutdown(boolean wait) {
        closed = true;
        running.forEach(Thread::interrupt);
        if (!wait) {
            return;
        }
        try {
            if (permits.tryAcquire(size, STOP_SECONDS, TimeUnit.SECONDS)) {
                permits.release(size);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public int getPoolSize() {
        return size;
    }

    @Override
    public void setInstanceId(String id) {}

    @Override
    public void setInstanceName(String name) {}
}
