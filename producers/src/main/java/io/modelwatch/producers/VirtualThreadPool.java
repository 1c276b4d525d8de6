package io.modelwatch.producers;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.quartz.spi.ThreadPool;

/** Runs Quartz jobs on virtual threads: sweeps mostly wait for the network. */
public final class VirtualThreadPool implements ThreadPool {

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
        if (closed || !permits.tryAcquire()) {
            return false;
        }
        Thread thread = Thread.ofVirtual().name("sweep-", 0).unstarted(() -> {
            try {
                work.run();
            } finally {
                permits.release();
                running.remove(Thread.currentThread());
            }
        });
        running.add(thread);
        thread.start();
        return true;
    }

    @Override
    public int blockForAvailableThreads() {
        permits.acquireUninterruptibly();
        permits.release();
        return permits.availablePermits();
    }

    @Override
    public void initialize() {}

    @Override
    public void shutdown(boolean wait) {
        closed = true;
        running.forEach(Thread::interrupt);
        if (wait) {
            permits.acquireUninterruptibly(size);
            permits.release(size);
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
