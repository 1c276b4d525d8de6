package io.modelwatch.history.api;

import io.modelwatch.history.api.Route.Answer;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Verdict;
import java.util.List;

/** What changed: changes, what was said of each, and the path of the observation behind one. */
final class ChangeRoutes {

    private final Queries queries;
    private final Answers answers;

    ChangeRoutes(Queries queries, Answers answers) {
        this.queries = queries;
        this.answers = answers;
    }

    List<Route> all() {
        return List.of(
                changes(),
                verdicts(),
                Route.get(
                        "/v1/trace/{correlationId}",
                        "The path of one observation through the pipeline",
                        Answer.DOCUMENT,
                        List.of(),
                        (context, arguments) ->
                                Answers.json(context, Trace.of(queries, Answers.pathParam(context, "correlationId")))));
    }

    private Route changes() {
        return Route.get(
                "/v1/changes",
                "Changes, in the order in which they were recorded",
                Answer.LIVE_LIST,
                List.of(
                        Param.text("subject", "only of this model or deployment"),
                        Param.choice("kind", "only of this kind", ChangeKind.values(), false),
                        Param.text("source", "only as this source saw them"),
                        Param.time("since", "known at or after this time"),
                        Param.time("until", "known before this time"),
                        Param.LIMIT,
                        Param.AFTER),
                (context, arguments) -> answers.live(context, arguments, Listing.CHANGES, Listing.CHANGES));
    }

    private Route verdicts() {
        return Route.get(
                "/v1/verdicts",
                "Provenance changes with what was last said of each, in the order in which that was recorded",
                Answer.LIVE_LIST,
                List.of(
                        Param.text("deployment", "only of this deployment"),
                        Param.choice("verdict", "only of this verdict", Verdict.values(), false),
                        Param.choice("kind", "only of this kind", ChangeKind.values(), false),
                        Param.flag("live", "only of changes that still hold (true), or of others"),
                        Param.text("alert", "only of this alert"),
                        Param.time("since", "known at or after this time"),
                        Param.time("until", "known before this time"),
                        Param.LIMIT,
                        Param.AFTER),
                (context, arguments) -> answers.live(context, arguments, Listing.VERDICTS, Listing.VERDICTS));
    }
}
