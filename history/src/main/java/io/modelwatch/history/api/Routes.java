package io.modelwatch.history.api;

import io.javalin.http.Context;
import io.modelwatch.history.api.Route.Answer;
import io.modelwatch.schemas.AsyncApi;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Severity;
import io.modelwatch.schemas.avro.Verdict;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Every operation of the API. The server and the OpenAPI document are both made from this one list. */
final class Routes {
    private static final Param FORM = Param.choice(
            "form",
            "alert: the newest state of each alert; ocsf: every OCSF Detection Finding of its life",
            "alert",
            "ocsf");
    /** A ticket with its comments and history; a page of them is not meant. */
    private static final int TICKET_BYTES = 1 << 20;

    /** An interaction in Slack carries the whole message. */
    private static final int CALLBACK_BYTES = 1 << 18;
    /** An event, not a model. */
    private static final int HINT_BYTES = 1 << 18;

    /** The bill of one workload. */
    private static final int BILL_BYTES = 4 << 20;

    private static final String JSON = "json";

    private static final String KNOWN = "select deployment from mboms where deployment = ? limit 1";

    private final Queries queries;
    private final EventStream streams;
    private final LedgerApi ledger;
    private final Bodies bodies;
    private final Intake intake;
    private final Letters letters;
    private final Traces traces;
    private final Readiness readiness;
    private final Supplier<String> metrics;

    Routes(
            Queries queries,
            EventStream streams,
            LedgerApi ledger,
            Bodies bodies,
            Intake intake,
            Letters letters,
            Readiness readiness,
            Supplier<String> metrics) {
        this.queries = queries;
        this.streams = streams;
        this.ledger = ledger;
        this.bodies = bodies;
        this.intake = intake;
        this.letters = letters;
        this.traces = new Traces(bodies, intake);
        this.readiness = readiness;
        this.metrics = metrics;
    }

    List<Route> all() {
        List<Route> routes = new ArrayList<>(List.of(
                changes(),
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
                verdicts(),
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
                            items(context, page, page.more() ? AsOf.cursor(arguments, page) : null);
                        }),
                Route.get(
                        "/v1/lineage",
                        "The resolved ancestry of each model, by model",
                        Answer.LIST,
                        List.of(
                                Param.text("model", "only of this model"),
                                Param.flag("known", "only of models that a source speaks of (true), or of others"),
                                Param.LIMIT,
                                Param.AFTER),
                        (context, arguments) -> page(context, arguments, Listing.LINEAGE)),
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
                        (context, arguments) -> page(context, arguments, Listing.LINEAGE_HISTORY)),
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
                        (context, arguments) -> page(context, arguments, Listing.REVISIONS)),
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
                        (context, arguments) -> page(context, arguments, Listing.TRANSITIONS)),
                Route.get(
                        "/v1/lineage/descendants",
                        "The models that descend from one, nearest first, each with its path",
                        Answer.LIST,
                        List.of(Descendants.OF, Descendants.DEPTH, Param.LIMIT, Param.AFTER),
                        (context, arguments) -> {
                            Listing.Page page = Descendants.page(queries, arguments);
                            items(context, page, page.more() ? Descendants.cursor(page) : null);
                        }),
                Route.get(
                        "/v1/lineage/descendants/summary",
                        "How many models descend from one, by depth and by the relation to their own parent",
                        Answer.DOCUMENT,
                        List.of(Descendants.OF),
                        (context, arguments) -> json(context, Descendants.summary(queries, arguments))),
                Route.get(
                        "/v1/lineage/deployments",
                        "The deployments that run a model or one that descends from it, by deployment",
                        Answer.LIST,
                        List.of(Descendants.OF, Param.LIMIT, Param.AFTER),
                        (context, arguments) -> {
                            Listing.Page page = Descendants.deployments(queries, arguments);
                            items(context, page, page.more() ? Descendants.deploymentCursor(page) : null);
                        }),
                procurementEvents(),
                Route.get(
                        "/v1/procurement-events/{id}",
                        "One procurement event, with the revocations that name it",
                        Answer.DOCUMENT,
                        List.of(),
                        this::procurementEvent),
                list("/v1/disclosures", "What vendors announced, by id", Listing.DISCLOSURES),
                report(
                        "/v1/reports/approvals",
                        "How many changes were approved in time, late or not at all, and how long late ones took",
                        Reports.APPROVALS,
                        List.of(Reports.APPROVALS_BY, Reports.SINCE, Reports.UNTIL),
                        Reports::approvals),
                report(
                        "/v1/reports/expiring",
                        "Approvals, contracts and exceptions that end soon, and what rests on them",
                        Reports.EXPIRING,
                        List.of(Reports.DAYS, Reports.AT),
                        Reports::expiring),
                report(
                        "/v1/reports/models",
                        "Models that run now, by country of origin or by who owns or sells the deployment",
                        Reports.MODELS,
                        List.of(Reports.MODELS_BY),
                        Reports::models),
                list("/v1/sources", "The health of every source, by name", Listing.SOURCES),
                Route.get(
                        "/v1/trace/{correlationId}",
                        "The path of one observation through the pipeline",
                        Answer.DOCUMENT,
                        List.of(),
                        (context, arguments) -> json(context, Trace.of(queries, pathParam(context, "correlationId")))),
                Route.get(
                        "/v1/summary",
                        "Counts of what the history holds",
                        Answer.DOCUMENT,
                        List.of(),
                        (context, arguments) -> json(context, Summary.of(queries)))));
        routes.addAll(ledger.routes());
        Param wait = Param.flag("wait", "answer when it has passed through every topology into the history");
        routes.add(Route.post(
                "/v1/observations",
                "Publishes observations (JSON Lines)",
                List.of(wait),
                (context, arguments) -> bodies.take(context, arguments.flag("wait"), intake::observations)));
        routes.add(Route.post(
                "/v1/procurement-events",
                "Publishes procurement events (JSON Lines)",
                List.of(wait),
                (context, arguments) -> bodies.take(context, arguments.flag("wait"), intake::procurementEvents)));
        routes.add(Route.post(
                "/v1/disclosures",
                "Publishes what vendors announced (JSON Lines)",
                List.of(wait),
                (context, arguments) -> bodies.take(context, arguments.flag("wait"), intake::disclosures)));
        routes.add(Route.post(
                        "/v1/procurement/{webhook}",
                        "Publishes what a ticket of another system says (a webhook of procurement.webhooks)",
                        Answer.TICKET_RECEIPT,
                        List.of(),
                        (context, arguments) -> bodies.take(
                                context,
                                false,
                                TICKET_BYTES,
                                (body, never) -> intake.ticket(
                                        pathParam(context, "webhook"), context::header, body.readAllBytes())))
                // Each has a secret of its own with the system that sends.
                .byAnybody());
        routes.add(Route.post(
                        "/v1/webhooks/{source}",
                        "Has a source looked at now (word of a hub or registry that something changed there)",
                        Answer.HINT_RECEIPT,
                        List.of(),
                        (context, arguments) -> bodies.take(
                                context,
                                false,
                                HINT_BYTES,
                                (body, never) -> intake.hint(
                                        pathParam(context, "source"), context::header, body.readAllBytes())))
                // Each has a secret of its own with the hub that sends.
                .byAnybody());
        routes.add(Route.post(
                        "/v1/callbacks/{delivery}",
                        "Does with alerts what people did in the tool behind a delivery (Slack's buttons, PagerDuty's incidents)",
                        Answer.CALLBACK_RECEIPT,
                        List.of(),
                        (context, arguments) -> bodies.take(
                                context,
                                false,
                                CALLBACK_BYTES,
                                (body, never) -> intake.callback(
                                        pathParam(context, "delivery"), context::header, body.readAllBytes())))
                // Each has a secret of its own with the tool that sends.
                .byAnybody());
        routes.add(Route.post(
                        "/v1/receivers/{receiver}",
                        "Publishes what a bill of k8s-aibom says of a workload (a receiver of receivers)",
                        Answer.BILL_RECEIPT,
                        List.of(),
                        (context, arguments) -> bodies.take(
                                context,
                                false,
                                BILL_BYTES,
                                (body, never) -> intake.bill(
                                        pathParam(context, "receiver"), context::header, body.readAllBytes())))
                // Each has a secret of its own with the cluster that sends.
                .byAnybody());
        routes.add(Route.post(
                        "/v1/alert-actions",
                        "Acknowledges, suppresses or closes alerts (JSON Lines)",
                        List.of(wait),
                        (context, arguments) -> bodies.take(context, arguments.flag("wait"), intake::alertActions))
                .by(ApiRole.TRIAGE));
        routes.addAll(new LetterRoutes(letters).all());
        routes.add(Route.post(
                "/v1/traces",
                "Takes spans of calls of models (OTLP/HTTP); of each only the names of models and where they answer are kept",
                Answer.OTLP,
                List.of(),
                (context, arguments) -> traces.take(context)));
        routes.add(Route.get(
                        "/health/live",
                        "Does the process answer?",
                        Answer.TEXT,
                        List.of(),
                        (context, arguments) ->
                                context.contentType("text/plain").result("live\n"))
                .byAnybody());
        routes.add(Route.get(
                        "/health/ready",
                        "Does everything work? If not, 503 says what does not",
                        Answer.TEXT,
                        List.of(),
                        (context, arguments) -> ready(context))
                .byAnybody());
        routes.add(Route.get(
                "/metrics",
                "Metrics in the format of Prometheus",
                Answer.TEXT,
                List.of(),
                (context, arguments) -> context.contentType("text/plain; version=0.0.4; charset=utf-8")
                        .result(metrics.get())));
        routes.add(Route.get(
                        "/asyncapi.json",
                        "The AsyncAPI document of the topics",
                        Answer.DOCUMENT,
                        List.of(),
                        (context, arguments) -> json(context, AsyncApi.document()))
                .byAnybody());
        List<Route> described = List.copyOf(routes);
        routes.add(Route.get(
                        "/openapi.json",
                        "This document",
                        Answer.DOCUMENT,
                        List.of(),
                        (context, arguments) -> json(context, OpenApi.of(described)))
                .byAnybody());
        return List.copyOf(routes);
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
                (context, arguments) -> live(context, arguments, Listing.CHANGES, Listing.CHANGES));
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
                (context, arguments) -> live(context, arguments, Listing.VERDICTS, Listing.VERDICTS));
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
                        live(context, arguments, Listing.FINDINGS, Listing.FINDINGS);
                    } else {
                        live(context, arguments, Listing.ALERTS, Listing.TRANSITIONS);
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
                (context, arguments) -> live(context, arguments, Listing.ALERT_GROUPS, Listing.ALERT_GROUPS));
    }

    private void alertGroup(Context context, Arguments arguments) throws SQLException {
        String id = pathParam(context, "id");
        String group = one(
                queries.documents("select document::text from alert_groups where id = ?", id),
                "no group of alerts " + id);
        context.contentType("application/json").result(group);
    }

    private Route mboms() {
        return Route.get(
                "/v1/mboms",
                "The newest MBOM of each deployment, by deployment; the stream has every revision from then on",
                Answer.LIVE_LIST,
                List.of(Param.text("deployment", "only of this deployment"), Param.LIMIT, Param.AFTER),
                (context, arguments) -> {
                    if (EventStream.wanted(context)) {
                        streams.serve(context, arguments, Listing.NEWEST_REVISIONS, Listing.REVISIONS);
                    } else {
                        page(context, arguments, Listing.MBOMS);
                    }
                });
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
                (context, arguments) -> page(context, arguments, Listing.PROCUREMENT_EVENTS));
    }

    private void procurementEvent(Context context, Arguments arguments) throws SQLException {
        String id = pathParam(context, "id");
        String event = one(
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

    /** Counts something. */
    @FunctionalInterface
    private interface Report {
        Listing.Page page(Queries queries, Arguments arguments) throws SQLException;
    }

    private Route report(String path, String summary, String list, List<Param> params, Report report) {
        List<Param> all = new ArrayList<>(params);
        all.add(Param.LIMIT);
        all.add(Param.AFTER);
        return Route.get(path, summary, Answer.LIST, List.copyOf(all), (context, arguments) -> {
            Listing.Page page = report.page(queries, arguments);
            items(context, page, page.more() ? Reports.cursor(list, page) : null);
        });
    }

    private Route list(String path, String summary, Listing listing) {
        return Route.get(
                path,
                summary,
                Answer.LIST,
                List.of(Param.LIMIT, Param.AFTER),
                (context, arguments) -> page(context, arguments, listing));
    }

    private void live(Context context, Arguments arguments, Listing present, Listing events) throws Exception {
        if (EventStream.wanted(context)) {
            streams.serve(context, arguments, present, events);
        } else {
            page(context, arguments, present);
        }
    }

    private void page(Context context, Arguments arguments, Listing listing) throws SQLException {
        Listing.Page page = listing.page(queries, arguments, arguments.text(Param.AFTER.name()), arguments.limit());
        items(context, page, page.more() ? listing.cursor(page.items().getLast()) : null);
    }

    private void alert(Context context, Arguments arguments) throws SQLException {
        String id = pathParam(context, "id");
        String alert = one(queries.documents("select document::text from alerts where id = ?", id), "no alert " + id);
        // Spliced as text: a document's numbers and order of fields must come out as they went in.
        String body = alert.strip();
        context.contentType("application/json")
                .result(body.substring(0, body.length() - 1) + ",\"transitions\":[" + String.join(",", states(id))
                        + "]}");
    }

    private void transitions(Context context, Arguments arguments) throws SQLException {
        String id = pathParam(context, "id");
        List<String> states = states(id);
        if (states.isEmpty()) {
            throw Problem.notFound("no alert " + id);
        }
        items(context, states, null);
    }

    /** An alert changes state a few times in its life; the bound is for one that flaps. */
    private List<String> states(String id) throws SQLException {
        return queries.documents(
                "select document::text from (select document, seq from alert_transitions where id = ? order by seq desc"
                        + " limit 1000) newest order by seq",
                id);
    }

    private void mbom(Context context, Arguments arguments) throws SQLException {
        String deployment = pathParam(context, "deployment");
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
        BillForms.answer(context, arguments, one(found, missing));
    }

    private void ready(Context context) {
        Map<String, String> troubles = readiness.troubles();
        if (!troubles.isEmpty()) {
            Problem problem = new Problem(503, "not ready: " + String.join(", ", troubles.keySet()));
            troubles.forEach(problem::part);
            throw problem;
        }
        context.contentType("text/plain").result("ready\n");
    }

    private static String one(List<String> found, String missing) {
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

    private static void items(Context context, Listing.Page page, @Nullable String next) {
        items(context, page.items().stream().map(Listing.Item::document).toList(), next);
    }

    private static void items(Context context, List<String> documents, @Nullable String next) {
        context.contentType("application/json")
                .result("{\"items\":[" + String.join(",", documents) + "],\"next\":"
                        + (next == null ? "null" : "\"" + next + "\"") + "}");
    }
}
