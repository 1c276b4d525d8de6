package io.modelwatch.history.api;

import io.modelwatch.history.api.Route.Answer;
import java.util.List;

/** Where models come from, and what comes from them. */
final class LineageRoutes {

    private final Queries queries;
    private final Answers answers;

    LineageRoutes(Queries queries, Answers answers) {
        this.queries = queries;
        this.answers = answers;
    }

    List<Route> all() {
        return List.of(
                Route.get(
                        "/v1/lineage",
                        "The resolved ancestry of each model, by model",
                        Answer.LIST,
                        List.of(
                                Param.text("model", "only of this model"),
                                Param.flag("known", "only of models that a source speaks of (true), or of others"),
                                Param.LIMIT,
                                Param.AFTER),
                        (context, arguments) -> answers.page(context, arguments, Listing.LINEAGE)),
                Route.get(
                        "/v1/lineage/history",
                        "Every ancestry that a model was known to have, in the order in which they became known",
                        Answer.LIST,
                        List.of(
                                Param.text("model", "only of this model"),
                                Param.time("since", "known at or after this time"),
                                Param.time("until", "known before this time"),
                                Param.LIMIT,
                                Param.AFTER),
                        (context, arguments) -> answers.page(context, arguments, Listing.LINEAGE_HISTORY)),
                Route.get(
                        "/v1/lineage/descendants",
                        "The models that descend from one, nearest first, each with its path",
                        Answer.LIST,
                        List.of(Descendants.OF, Descendants.DEPTH, Param.LIMIT, Param.AFTER),
                        (context, arguments) -> {
                            Listing.Page page = Descendants.page(queries, arguments);
                            Answers.items(context, page, page.more() ? Descendants.cursor(page) : null);
                        }),
                Route.get(
                        "/v1/lineage/descendants/summary",
                        "How many models descend from one, by depth and by the relation to their own parent",
                        Answer.DOCUMENT,
                        List.of(Descendants.OF),
                        (context, arguments) -> Answers.json(context, Descendants.summary(queries, arguments))),
                Route.get(
                        "/v1/lineage/deployments",
                        "The deployments that run a model or one that descends from it, by deployment",
                        Answer.LIST,
                        List.of(Descendants.OF, Param.LIMIT, Param.AFTER),
                        (context, arguments) -> {
                            Listing.Page page = Descendants.deployments(queries, arguments);
                            Answers.items(context, page, page.more() ? Descendants.deploymentCursor(page) : null);
                        }));
    }
}
