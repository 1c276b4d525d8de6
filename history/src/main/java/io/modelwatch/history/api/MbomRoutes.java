package io.modelwatch.history.api;

import io.javalin.http.Context;
import io.modelwatch.history.api.Route.Answer;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/** Bills of deployments, their revisions, and what ran at a time. */
final class MbomRoutes {
    private static final String JSON = "json";

    private static final String KNOWN = "select deployment from mboms where deployment = ? limit 1";

    private final Queries queries;
    private final Answers answers;

    MbomRoutes(Queries queries, Answers answers) {
        this.queries = queries;
        this.answers = answers;
    }

    List<Route> all() {
        return List.of(
                mboms(),
                Route.get(
                        "/v1/mboms/{deployment}",
                        "One MBOM: the newest, one revision, or as it was known at a time",
                        Answer.DOCUMENT,
                        List.of(
                                Param.count("revision", "this revision"),
                                Param.time(
                                        "asOf",
                                        "the last revision that had come to be at this time; with knownAt, what held at it"),
                                Param.time(
                                        AsOf.KNOWN.name(),
                                        "with asOf: a bill put together from the claims that held, by what was known then"),
                                BillForms.FORMAT,
                                BillForms.SPEC),
                        this::mbom),
                Route.get(
                        "/v1/fleet",
                        "Every model that runs in a deployment, or ran at a time, or counts of them",
                        Answer.LIST,
                        List.of(AsOf.AT, AsOf.KNOWN, AsOf.BY, Param.LIMIT, Param.AFTER),
                        (context, arguments) -> {
                            Listing.Page page = AsOf.fleet(queries, arguments);
                            Answers.items(context, page, page.more() ? AsOf.cursor(arguments, page) : null);
                        }),
                Route.get(
                        "/v1/mbom-revisions",
                        "Every revision of every MBOM, in the order in which they were recorded",
                        Answer.LIST,
                        List.of(
                                Param.text("deployment", "only of this deployment"),
                                Param.time("since", "that came to be at or after this time"),
                                Param.time("until", "that came to be before this time"),
                                Param.LIMIT,
                                Param.AFTER),
                        (context, arguments) -> answers.page(context, arguments, Listing.REVISIONS)));
    }

    private Route mboms() {
        return Route.get(
                "/v1/mboms",
                "The newest MBOM of each deployment, by deployment; the stream has every revision from then on",
                Answer.LIVE_LIST,
                List.of(Param.text("deployment", "only of this deployment"), Param.LIMIT, Param.AFTER),
                (context, arguments) ->
                        answers.live(context, arguments, Listing.MBOMS, Listing.NEWEST_REVISIONS, Listing.REVISIONS));
    }

    private void mbom(Context context, Arguments arguments) throws SQLException {
        String deployment = Answers.pathParam(context, "deployment");
        Long revision = arguments.count("revision");
        Instant asOf = arguments.time("asOf");
        if (revision != null && asOf != null) {
            throw new Problem(400, "give revision or asOf, not both");
        }
        if (arguments.time(AsOf.KNOWN.name()) != null) {
            if (revision != null
                    || !JSON.equals(Objects.requireNonNullElse(arguments.text(BillForms.FORMAT.name()), JSON))) {
                throw new Problem(400, "knownAt: a bill put together from claims has no revision, and json alone");
            }
            if (queries.documents(KNOWN, deployment).isEmpty()) {
                throw Problem.notFound("no deployment " + deployment);
            }
            context.contentType("application/json").result(AsOf.bill(queries, deployment, arguments));
            return;
        }
        String of = "select document::text from mboms where deployment = ?";
        List<String> found = revision != null
                ? queries.documents(of + " and revision = ?", deployment, revision)
                : asOf != null
                        ? queries.documents(of + " and at <= ? order by revision desc limit 1", deployment, asOf)
                        : queries.documents(of + " order by revision desc limit 1", deployment);
        if (found.isEmpty() && queries.documents(KNOWN, deployment).isEmpty()) {
            throw Problem.notFound("no deployment " + deployment);
        }
        String missing = revision != null
                ? "deployment " + deployment + " has no revision " + revision
                : "deployment " + deployment + " was not known at " + asOf;
        BillForms.answer(context, arguments, Answers.one(found, missing));
    }
}
