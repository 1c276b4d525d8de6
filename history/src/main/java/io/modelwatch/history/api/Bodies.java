package io.modelwatch.history.api;

import io.javalin.http.Context;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Takes pushed bodies in whole, within bounds, before a line of them is published. */
final class Bodies {
    /** So much of a refused body is read and dropped: a client that still writes would not see the answer. */
    private static final long DRAIN = 128L << 20;

    private static final long PATIENCE_SECONDS = 5;

    private final Limits limits;
    private final Semaphore held;

    Bodies(Limits limits) {
        this.limits = limits;
        this.held = new Semaphore(limits.bodies());
    }

    /** Publishes lines. */
    @FunctionalInterface
    interface Publishing {
        Intake.Receipt publish(InputStream lines, boolean wait) throws IOException, InterruptedException;
    }

    void take(Context context, boolean wait, Publishing publishing) throws IOException, InterruptedException {
        take(context, wait, limits.body(), publishing);
    }

    /** @param most bytes of a body */
    void take(Context context, boolean wait, int most, Publishing publishing) throws IOException, InterruptedException {
        if (!held.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw Problem.unavailable("too many bodies at once; try again");
        }
        try {
            answer(context, publishing.publish(new ByteArrayInputStream(read(context, most)), wait));
        } catch (Intake.UnknownException e) {
            throw Problem.notFound(String.valueOf(e.getMessage()));
        } catch (Intake.RefusedException e) {
            throw new Problem(401, String.valueOf(e.getMessage()));
        } catch (Intake.UnavailableException e) {
            throw Problem.unavailable(String.valueOf(e.getMessage()));
        } catch (Intake.NotSettledException e) {
            throw new Problem(504, "published, but " + e.getMessage());
        } finally {
            held.release();
        }
    }

    /**
     * Reads a body whole.
     *
     * @param most bytes of it
     * @throws Problem if it is longer, or does not arrive
     */
    byte[] read(Context context, int most) {
        long deadline = System.nanoTime() + limits.bodyTime().toNanos();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] buffer = new byte[1 << 16];
        long length = 0;
        boolean declaredTooLong = context.req().getContentLengthLong() > most;
        try (InputStream in = context.req().getInputStream()) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                length += n;
                if (System.nanoTime() > deadline) {
                    throw tooSlow();
                }
                if (length > DRAIN) {
                    throw tooLong(most);
                }
                if (length <= most && !declaredTooLong) {
                    body.write(buffer, 0, n);
                }
            }
        } catch (IOException e) {
            throw e.getCause() instanceof TimeoutException
                    ? tooSlow()
                    : new Problem(400, "the body ends before it is complete");
        }
        if (length > most) {
            throw tooLong(most);
        }
        return body.toByteArray();
    }

    private Problem tooLong(int most) {
        return new Problem(413, "the body is longer than " + most + " bytes; send the lines in several requests");
    }

    private Problem tooSlow() {
        Duration time = limits.bodyTime();
        return new Problem(
                        408,
                        "the body did not arrive: at most " + time.toSeconds() + " s in all and "
                                + limits.idle().toSeconds() + " s without a byte")
                .header("Connection", "close");
    }

    private static void answer(Context context, Intake.Receipt receipt) {
        ObjectNode form = JsonNodeFactory.instance.objectNode();
        form.put("accepted", receipt.accepted());
        lines(form.putArray("errors"), receipt.errors());
        if (!receipt.warnings().isEmpty()) {
            lines(form.putArray("warnings"), receipt.warnings());
        }
        context.status(receipt.errors().isEmpty() ? 200 : 422)
                .contentType("application/json")
                .result(form.toString());
    }

    private static void lines(ArrayNode list, List<Intake.LineError> lines) {
        lines.forEach(line -> list.addObject()
                .put("line", line.line())
                .put("field", line.field())
                .put("message", line.message()));
    }
}
