package io.modelwatch.history.api;

import io.javalin.http.Context;
import io.modelwatch.history.api.Route.Answer;
import java.sql.SQLException;
import java.util.List;

/** Procurement events, and what vendors announced. */
final class ProcurementRoutes {

    private final Queries queries;
    private final Answers answers;

    ProcurementRoutes(Queries queries, Answers answers) {
        this.queries = queries;
        this.answers = answers;
    }

    List<Route> all() {
        return List.of(
                procurementEvents(),
                Route.get(
                        "/v1/procurement-events/{id}",
                        "One procurement event, with the revocations that name it",
                        Answer.DOCUMENT,
                        List.of(),
                        this::procurementEvent),
                answers.list("/v1/disclosures", "What vendors announced, by id", Listing.DISCLOSURES));
    }

    private Route procurementEvents() {
        return Route.get(
                "/v1/procurement-events",
                "Procurement events, by id",
                Answer.LIST,
                List.of(
                        Param.choice(
                                "type",
                                "only of this type",
                                "approval",
                                "contract",
                                "change-ticket",
                                "exception",
                                "revocation"),
                        Param.text("deployment", "only those whose subject is this deployment"),
                        Param.text("vendor", "only those whose subject is this vendor"),
                        Param.text("model", "only those whose subject is this glob over models, as it is written"),
                        Param.text("revokes", "only revocations of this event"),
                        Param.flag("unmatched", "only revocations of an event that is not known (true), or all others"),
                        Param.time("since", "issued at or after this time"),
                        Param.time("until", "issued before this time"),
                        Param.LIMIT,
                        Param.AFTER),
                (context, arguments) -> answers.page(context, arguments, Listing.PROCUREMENT_EVENTS));
    }

    private void procurementEvent(Context context, Arguments arguments) throws SQLException {
        String id = Answers.pathParam(context, "id");
        String event = Answers.one(
                queries.documents("select document::text from procurement_events where id = ?", id),
                "no procurement event " + id);
        List<String> revocations = queries.documents(
                "select document::text from procurement_events where document->>'revokes' = ? order by id limit 1000",
                id);
        String body = event.strip();
        context.contentType("application/json")
                .result(body.substring(0, body.length() - 1) + ",\"revocations\":[" + String.join(",", revocations)
                        + "]}");
    }
}
