package io.modelwatch.history.api;

import com.google.protobuf.CodedOutputStream;
import io.javalin.http.Context;
import io.opentelemetry.proto.collector.trace.v1.ExportTracePartialSuccess;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The receiver of OTLP/HTTP: bounds and encodings, and answers in the words of its specification. */
final class Traces {

    static final String PROTOBUF = "application/x-protobuf";
    private static final String JSON = "application/json";

    /** Of a body as it is sent, and unpacked. Prompts make spans long: a collector's batch of 512 has a few MiB. */
    private static final int MOST_PROTOBUF = 16 << 20;

    /** A tree of JSON takes about ten times its text. */
    private static final int MOST_JSON = 4 << 20;

    /** Exports unpacked at once: each may take its size several times over. */
    private static final int AT_ONCE = 4;

    private static final long PATIENCE_SECONDS = 2;

    private static final int BUFFER = 1 << 16;

    private final Bodies bodies;
    private final Intake intake;
    private final Semaphore held = new Semaphore(AT_ONCE);

    Traces(Bodies bodies, Intake intake) {
        this.bodies = bodies;
        this.intake = intake;
    }

    void take(Context context) throws InterruptedException {
        String type = mediaType(context.contentType());
        boolean json = type.equals(JSON);
        try {
            if (!json && !type.equals(PROTOBUF)) {
                throw new Problem(415, "Content-Type must be " + PROTOBUF + " or " + JSON);
            }
            if (!held.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new Problem(429, "too many exports at once; try again").header("Retry-After", "2");
            }
            try {
                answer(context, json, intake.spans(body(context, json), json));
            } finally {
                held.release();
            }
        } catch (Problem problem) {
            refuse(context, json, problem);
        } catch (Intake.MalformedException e) {
            refuse(context, json, new Problem(400, String.valueOf(e.getMessage())));
        } catch (Intake.UnknownException e) {
            refuse(context, json, Problem.notFound(String.valueOf(e.getMessage())));
        } catch (Intake.UnavailableException e) {
            refuse(context, json, Problem.unavailable(String.valueOf(e.getMessage())));
        }
    }

    private byte[] body(Context context, boolean json) {
        int most = json ? MOST_JSON : MOST_PROTOBUF;
        String encoding = context.header("Content-Encoding");
        byte[] sent = bodies.read(context, most);
        if (encoding == null || encoding.isBlank() || encoding.equalsIgnoreCase("identity")) {
            return sent;
        }
        if (!encoding.strip().equalsIgnoreCase("gzip")) {
            throw new Problem(415, "Content-Encoding must be gzip, or none");
        }
        return unpacked(sent, most);
    }

    private static byte[] unpacked(byte[] sent, int most) {
        ByteArrayOutputStream body = new ByteArrayOutputStream(Math.min(most, sent.length * 4));
        byte[] buffer = new byte[BUFFER];
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(sent), BUFFER)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                body.write(buffer, 0, n);
                if (body.size() > most) {
                    throw new Problem(
                            413, "unpacked, the body is longer than " + most + " bytes; send smaller batches");
                }
            }
        } catch (IOException e) {
            throw new Problem(400, "the body is not what gzip packs");
        }
        return body.toByteArray();
    }

    private static void answer(Context context, boolean json, Intake.SpanReceipt receipt) {
        String reason = receipt.reason();
        if (json) {
            ObjectNode form = JsonNodeFactory.instance.objectNode();
            if (receipt.rejected() > 0) {
                ObjectNode partial = form.putObject("partialSuccess");
                // 64 bits are texts in the JSON form of protobuf.
                partial.put("rejectedSpans", Long.toString(receipt.rejected()));
                partial.put("errorMessage", reason);
            }
            context.contentType(JSON).result(form.toString());
            return;
        }
        ExportTraceServiceResponse.Builder response = ExportTraceServiceResponse.newBuilder();
        if (receipt.rejected() > 0) {
            response.setPartialSuccess(ExportTracePartialSuccess.newBuilder()
                    .setRejectedSpans(receipt.rejected())
                    .setErrorMessage(reason == null ? "" : reason));
        }
        context.contentType(PROTOBUF).result(response.build().toByteArray());
    }

    private static void refuse(Context context, boolean json, Problem problem) {
        problem.answer(context);
        String message = String.valueOf(problem.getMessage());
        if (json) {
            context.contentType(JSON)
                    .result(JsonNodeFactory.instance
                            .objectNode()
                            .put("message", message)
                            .toString());
        } else {
            context.contentType(PROTOBUF).result(status(message));
        }
    }

    /** A google.rpc.Status with a message (its field 2) and nothing else: code is left out, as OTLP allows. */
    private static byte[] status(String message) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            out.writeString(2, message);
            out.flush();
        } catch (IOException e) {
            throw new IllegalStateException("an array takes what is written", e);
        }
        return bytes.toByteArray();
    }

    private static String mediaType(@Nullable String contentType) {
        return contentType == null ? "" : contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    }
}
