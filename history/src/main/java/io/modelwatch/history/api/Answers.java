package io.modelwatch.history.api;

import io.javalin.http.Context;
import io.modelwatch.history.api.Route.Answer;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** What routes answer with: documents as they were recorded, and pages of them. */
final class Answers {
    private final Queries queries;
    private final EventStream streams;

    Answers(Queries queries, EventStream streams) {
        this.queries = queries;
        this.streams = streams;
    }

    /** Returns the route of a list that is paged and not filtered. */
    Route list(String path, String summary, Listing listing) {
        return Route.get(
                path,
                summary,
                Answer.LIST,
                List.of(Param.LIMIT, Param.AFTER),
                (context, arguments) -> page(context, arguments, listing));
    }

    /** Answers with a page of what there is, or with the live stream of it where that is accepted. */
    void live(Context context, Arguments arguments, Listing present, Listing events) throws Exception {
        live(context, arguments, present, present, events);
    }

    /**
     * Answers with a page, or with a live stream where that is accepted.
     *
     * @param paged what pages are of
     * @param present what a stream begins with, whose cursors are those of events
     * @param events what a stream goes on with
     */
    void live(Context context, Arguments arguments, Listing paged, Listing present, Listing events) throws Exception {
        if (EventStream.wanted(context)) {
            streams.serve(context, arguments, present, events);
        } else {
            page(context, arguments, paged);
        }
    }

    /** Answers with a page. */
    void page(Context context, Arguments arguments, Listing listing) throws SQLException {
        Listing.Page page = listing.page(queries, arguments, arguments.text(Param.AFTER.name()), arguments.limit());
        items(context, page, page.more() ? listing.cursor(page.items().getLast()) : null);
    }

    /** @throws Problem if nothing was found */
    static String one(List<String> found, String missing) {
        if (found.isEmpty()) {
            throw Problem.notFound(missing);
        }
        return found.getFirst();
    }

    /** @throws Problem if the database could not hold it */
    static String pathParam(Context context, String name) {
        return (String) Param.text(name, "").read(context.pathParam(name));
    }

    static void json(Context context, ObjectNode document) {
        context.contentType("application/json").result(document.toString());
    }

    static void items(Context context, Listing.Page page, @Nullable String next) {
        items(context, page.items().stream().map(Listing.Item::document).toList(), next);
    }

    static void items(Context context, List<String> documents, @Nullable String next) {
        context.contentType("application/json")
                .result("{\"items\":[" + String.join(",", documents) + "],\"next\":"
                        + (next == null ? "null" : "\"" + next + "\"") + "}");
    }
}
