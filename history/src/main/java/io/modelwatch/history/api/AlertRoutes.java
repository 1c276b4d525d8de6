package io.modelwatch.history.api;

import io.javalin.http.Context;
import io.modelwatch.history.api.Route.Answer;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.Severity;
import io.modelwatch.schemas.avro.Verdict;
import java.sql.SQLException;
import java.util.List;

/** Alerts, their groups and the states that they went through. */
final class AlertRoutes {
    private static final Param FORM = Param.choice(
            "form",
            "alert: the newest state of each alert; ocsf: every OCSF Detection Finding of its life",
            "alert",
            "ocsf");

    private final Queries queries;
    private final Answers answers;

    AlertRoutes(Queries queries, Answers answers) {
        this.queries = queries;
        this.answers = answers;
    }

    List<Route> all() {
        return List.of(
                alerts(),
                Route.get(
                        "/v1/alerts/{id}",
                        "One alert, with every state it went through",
                        Answer.DOCUMENT,
                        List.of(),
                        this::alert),
                alertGroups(),
                Route.get(
                        "/v1/alert-groups/{id}",
                        "One group of alerts; /v1/alerts?group= lists its alerts",
                        Answer.DOCUMENT,
                        List.of(),
                        this::alertGroup),
                Route.get(
                        "/v1/alerts/{id}/transitions",
                        "The states an alert went through, oldest first",
                        Answer.LIST,
                        List.of(),
                        this::transitions),
                Route.get(
                        "/v1/alert-transitions",
                        "Every state of every alert, in the order in which they were recorded",
                        Answer.LIST,
                        List.of(
                                Param.text("deployment", "only of this deployment"),
                                Param.time("since", "told at or after this time"),
                                Param.time("until", "told before this time"),
                                Param.LIMIT,
                                Param.AFTER),
                        (context, arguments) -> answers.page(context, arguments, Listing.TRANSITIONS)));
    }

    private Route alerts() {
        return Route.get(
                "/v1/alerts",
                "Alerts, in the order in which their newest state was recorded; the stream has every state",
                Answer.LIVE_LIST,
                List.of(
                        Param.choice("state", "only in this state", AlertState.values(), true),
                        Param.choice("severity", "only of this severity", Severity.values(), true),
                        Param.choice("verdict", "only of this verdict", Verdict.values(), false),
                        Param.text("deployment", "only of this deployment"),
                        Param.text("group", "only of this group"),
                        Param.time("since", "updated at or after this time"),
                        FORM,
                        Param.LIMIT,
                        Param.AFTER),
                (context, arguments) -> {
                    if ("ocsf".equals(arguments.text(FORM.name()))) {
                        answers.live(context, arguments, Listing.FINDINGS, Listing.FINDINGS);
                    } else {
                        answers.live(context, arguments, Listing.ALERTS, Listing.TRANSITIONS);
                    }
                });
    }

    private Route alertGroups() {
        return Route.get(
                "/v1/alert-groups",
                "Groups of alerts of one cause, in the order in which their newest state was recorded",
                Answer.LIVE_LIST,
                List.of(
                        Param.choice("state", "only in this state", AlertState.values(), true),
                        Param.choice("severity", "only of this severity", Severity.values(), true),
                        Param.choice("verdict", "only of this verdict", Verdict.values(), false),
                        Param.time("since", "updated at or after this time"),
                        Param.LIMIT,
                        Param.AFTER),
                (context, arguments) -> answers.live(context, arguments, Listing.ALERT_GROUPS, Listing.ALERT_GROUPS));
    }

    private void alertGroup(Context context, Arguments arguments) throws SQLException {
        String id = Answers.pathParam(context, "id");
        String group = Answers.one(
                queries.documents("select document::text from alert_groups where id = ?", id),
                "no group of alerts " + id);
        context.contentType("application/json").result(group);
    }

    private void alert(Context context, Arguments arguments) throws SQLException {
        String id = Answers.pathParam(context, "id");
        String alert =
                Answers.one(queries.documents("select document::text from alerts where id = ?", id), "no alert " + id);
        // Spliced as text: a document's numbers and order of fields must come out as they went in.
        String body = alert.strip();
        context.contentType("application/json")
                .result(body.substring(0, body.length() - 1) + ",\"transitions\":[" + String.join(",", states(id))
                        + "]}");
    }

    private void transitions(Context context, Arguments arguments) throws SQLException {
        String id = Answers.pathParam(context, "id");
        List<String> states = states(id);
        if (states.isEmpty()) {
            throw Problem.notFound("no alert " + id);
        }
        Answers.items(context, states, null);
    }

    /** An alert changes state a few times in its life; the bound is for one that flaps. */
    private List<String> states(String id) throws SQLException {
        return queries.documents(
                "select document::text from (select document, seq from alert_transitions where id = ? order by seq desc"
                        + " limit 1000) newest order by seq",
                id);
    }
}
