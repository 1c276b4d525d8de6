package io.modelwatch.history.api;

import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One operation of the API: what is served and what the OpenAPI document says of it.
 *
 * @param path with {@code {name}} for what varies
 * @param answer what comes out on success
 * @param role what a caller must be, or null for anybody
 * @param handling answers, or throws a {@link Problem}
 */
record Route(
        HandlerType method,
        String path,
        String summary,
        List<Param> params,
        Answer answer,
        @Nullable ApiRole role,
        Handling handling) {

    /** Kinds of answers. */
    enum Answer {
        /** {@code {"items":[…],"next":…}}. */
        LIST,
        /** A list, or its live stream where {@code text/event-stream} is accepted. */
        LIVE_LIST,
        /** One JSON document. */
        DOCUMENT,
        /** What became of pushed lines. */
        RECEIPT,
        /** What became of a pushed ticket. */
        TICKET_RECEIPT,
        /** Whether a source is looked at. */
        HINT_RECEIPT,
        /** What became of a pushed bill. */
        BILL_RECEIPT,
        /** What became of what people did elsewhere. */
        CALLBACK_RECEIPT,
        /** What became of an export of traces, in the encoding of the export. */
        OTLP,
        /** Plain text. */
        TEXT
    }

    /** Answers a request whose parameters have been read. */
    @FunctionalInterface
    interface Handling {
        void handle(Context context, Arguments arguments) throws Exception;
    }

    /** Who asks must be allowed to read, unless something else is said. */
    static Route get(String path, String summary, Answer answer, List<Param> params, Handling handling) {
        return new Route(HandlerType.GET, path, summary, params, answer, ApiRole.READ, handling);
    }

    /** Who pushes must be allowed to write, unless something else is said. */
    static Route post(String path, String summary, List<Param> params, Handling handling) {
        return post(path, summary, Answer.RECEIPT, params, handling);
    }

    static Route post(String path, String summary, Answer answer, List<Param> params, Handling handling) {
        return new Route(HandlerType.POST, path, summary, params, answer, ApiRole.WRITE, handling);
    }

    /** Returns the same for who may do something else. */
    Route by(ApiRole other) {
        return new Route(method, path, summary, params, answer, other, handling);
    }

    /** Returns the same for anybody: what tells nothing of the company, or has a proof of its own. */
    Route byAnybody() {
        return new Route(method, path, summary, params, answer, null, handling);
    }
}
