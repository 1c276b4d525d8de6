package io.modelwatch.history.api;

import io.javalin.http.Context;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Live streams as server-sent events. Each row is an event whose id is the cursor behind it; a client that comes back
 * with {@code Last-Event-ID} goes on there. A thousand streams that wait look once for news, and each holds one short page:
 * so half of them may be clients that never read. A stream ends when the client is gone or does not read, or the server closes.
 */
final class EventStream {
    private static final Logger LOGGER = LoggerFactory.getLogger(EventStream.class);
    /** A stream holds one page: what a client that does not read can cost is this, and a send buffer. */
    private static final int PAGE = 50;

    private final Queries queries;
    private final Newest newest;
    private final Limits limits;
    private final CountDownLatch closing;
    private final Semaphore streams;

    EventStream(Queries queries, Limits limits, CountDownLatch closing) {
        this.queries = queries.inPagesOf(limits.streamPage());
        this.newest = new Newest(queries, limits.poll());
        this.limits = limits;
        this.closing = closing;
        this.streams = new Semaphore(limits.streams());
    }

    /** Tells whether a client wants a stream rather than a page. */
    static boolean wanted(Context context) {
        String accept = context.header("Accept");
        return accept != null
                && accept.contains("text/event-stream")
                && context.method().name().equals("GET");
    }

    /**
     * Sends what is there, then what comes.
     *
     * @param present what is sent of the past to a client that comes without a cursor
     * @param events what is sent from there on; its cursors are those of {@code present}
     */
    void serve(Context context, Arguments arguments, Listing present, Listing events)
            throws SQLException, IOException, InterruptedException {
        if (!streams.tryAcquire()) {
            throw Problem.unavailable(limits.streams() + " live streams are open and no more are served");
        }
        try {
            String last = context.header("Last-Event-ID");
            String after = last == null || last.isEmpty() ? arguments.text(Param.AFTER.name()) : last;
            if (after != null) {
                Cursor.number(events.name(), after);
            }
            Long now = after == null ? newest.ask(events) : null;
            HttpServletResponse response = context.res();
            response.setStatus(200);
            response.setContentType("text/event-stream;charset=utf-8");
            response.setHeader("Cache-Control", "no-store");
            response.setHeader("X-Accel-Buffering", "no");
            ServletOutputStream out = response.getOutputStream();
            // Tells the client how long to wait before it comes back, and that it is connected.
            out.write("retry: 1000\n\n".getBytes(StandardCharsets.UTF_8));
            response.flushBuffer();
            run(response, out, arguments, present, events, after, now);
        } catch (IOException e) {
            LOGGER.debug("a reader of a live stream is gone");
        } finally {
            streams.release();
        }
    }

    private void run(
            HttpServletResponse response,
            ServletOutputStream out,
            Arguments arguments,
            Listing present,
            Listing events,
            @Nullable String start,
            @Nullable Long now)
            throws IOException, InterruptedException {
        String after = start;
        Long until = now;
        Instant sent = Instant.now();
        long told = -1;
        try {
            while (closing.getCount() > 0) {
                long last = newest.of(events);
                if (until == null && last == told) {
                    if (Duration.between(sent, Instant.now()).compareTo(limits.heartbeat()) >= 0) {
                        out.write(": still here\n\n".getBytes(StandardCharsets.UTF_8));
                        response.flushBuffer();
                        sent = Instant.now();
                    }
                    if (closing.await(limits.poll().toMillis(), TimeUnit.MILLISECONDS)) {
                        return;
                    }
                    continue;
                }
                Listing listing = until == null ? events : present;
                Listing.Page page = listing.page(queries, arguments, after, until, PAGE);
                for (Listing.Item item : page.items()) {
                    after = listing.cursor(item);
                    out.write(event(after, item.document()));
                }
                if (!page.items().isEmpty()) {
                    response.flushBuffer();
                    sent = Instant.now();
                }
                if (page.more()) {
                    continue;
                }
                if (until != null) {
                    // The past is told; what was recorded while it was told comes next.
                    after = Cursor.of(events.name(), until.toString());
                    until = null;
                    continue;
                }
                // All that was there when the number was looked up has been told, or filtered out.
                told = last;
            }
        } catch (SQLException e) {
            // The head of the answer is sent: the client comes back with its cursor, and is told of trouble then.
            LOGGER.atWarn().setCause(e).log("a live stream ends, since the history cannot be read");
        }
    }

    private static byte[] event(String id, String document) {
        // A line break in a JSON document can only stand between tokens.
        String data = document.replace("\r", "").replace("\n", " ");
        return ("id: " + id + "\ndata: " + data + "\n\n").getBytes(StandardCharsets.UTF_8);
    }
}
