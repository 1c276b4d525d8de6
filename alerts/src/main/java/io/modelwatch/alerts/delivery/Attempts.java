package io.modelwatch.alerts.delivery;

import io.modelwatch.alerts.delivery.destination.DeliveryException;
import io.modelwatch.alerts.delivery.destination.Destination;
import io.modelwatch.alerts.delivery.destination.Message;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Makes single tries within a limit of time. A library may wait for a byte at a time and never come to an end; a virtual
 * thread that is interrupted in a read has its socket closed, whatever library it is in.
 */
final class Attempts implements AutoCloseable {

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Duration limit;

    Attempts(Duration limit) {
        this.limit = limit;
    }

    /**
     * Sends a message.
     *
     * @param traceParent as {@link Destination#send(Message, String)} takes it
     * @return how the endpoint accepted it
     * @throws DeliveryException if it did not, or not in time
     * @throws InterruptedException if the thread is interrupted; the try is cut then
     */
    String send(Destination destination, Message message, @Nullable String traceParent)
            throws DeliveryException, InterruptedException {
        Future<String> attempt = threads.submit(() -> destination.send(message, traceParent));
        try {
            return attempt.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            attempt.cancel(true);
            throw DeliveryException.passing("no end after " + limit.toMillis() + " ms");
        } catch (InterruptedException e) {
            attempt.cancel(true);
            throw e;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof DeliveryException told) {
                throw told;
            }
            throw new IllegalStateException("a bug: " + e.getCause(), e.getCause());
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
