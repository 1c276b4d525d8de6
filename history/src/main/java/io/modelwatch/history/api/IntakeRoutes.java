package io.modelwatch.history.api;

import io.modelwatch.history.api.Route.Answer;
import java.util.List;

/** What is pushed: observations, procurement events, hints, callbacks, bills, actions, traces. */
final class IntakeRoutes {
    /** A ticket with its comments and history; a page of them is not meant. */
    private static final int TICKET_BYTES = 1 << 20;

    /** An interaction in Slack carries the whole message. */
    private static final int CALLBACK_BYTES = 1 << 18;
    /** An event, not a model. */
    private static final int HINT_BYTES = 1 << 18;

    /** The bill of one workload. */
    private static final int BILL_BYTES = 4 << 20;

    private static final Param WAIT =
            Param.flag("wait", "answer when it has passed through every topology into the history");

    private final Bodies bodies;
    private final Intake intake;
    private final Traces traces;

    IntakeRoutes(Bodies bodies, Intake intake) {
        this.bodies = bodies;
        this.intake = intake;
        this.traces = new Traces(bodies, intake);
    }

    List<Route> all() {
        return List.of(
                Route.post(
                        "/v1/observations",
                        "Publishes observations (JSON Lines)",
                        List.of(WAIT),
                        (context, arguments) -> bodies.take(
                                context,
                                arguments.flag("wait"),
                                (lines, wait) -> intake.observations(lines, wait, context::header))),
                Route.post(
                        "/v1/procurement-events",
                        "Publishes procurement events (JSON Lines)",
                        List.of(WAIT),
                        (context, arguments) ->
                                bodies.take(context, arguments.flag("wait"), intake::procurementEvents)),
                Route.post(
                        "/v1/disclosures",
                        "Publishes what vendors announced (JSON Lines)",
                        List.of(WAIT),
                        (context, arguments) -> bodies.take(context, arguments.flag("wait"), intake::disclosures)),
                Route.post(
                                "/v1/procurement/{webhook}",
                                "Publishes what a ticket of another system says (a webhook of procurement.webhooks)",
                                Answer.TICKET_RECEIPT,
                                List.of(),
                                (context, arguments) -> bodies.take(
                                        context,
                                        false,
                                        TICKET_BYTES,
                                        (body, never) -> intake.ticket(
                                                Answers.pathParam(context, "webhook"),
                                                context::header,
                                                body.readAllBytes())))
                        // Each has a secret of its own with the system that sends.
                        .byAnybody(),
                Route.post(
                                "/v1/webhooks/{source}",
                                "Has a source looked at now (word of a hub or registry that something changed there)",
                                Answer.HINT_RECEIPT,
                                List.of(),
                                (context, arguments) -> bodies.take(
                                        context,
                                        false,
                                        HINT_BYTES,
                                        (body, never) -> intake.hint(
                                                Answers.pathParam(context, "source"),
                                                context::header,
                                                body.readAllBytes())))
                        // Each has a secret of its own with the hub that sends.
                        .byAnybody(),
                Route.post(
                                "/v1/callbacks/{delivery}",
                                "Does with alerts what people did in the tool behind a delivery (Slack's buttons, PagerDuty's incidents)",
                                Answer.CALLBACK_RECEIPT,
                                List.of(),
                                (context, arguments) -> bodies.take(
                                        context,
                                        false,
                                        CALLBACK_BYTES,
                                        (body, never) -> intake.callback(
                                                Answers.pathParam(context, "delivery"),
                                                context::header,
                                                body.readAllBytes())))
                        // Each has a secret of its own with the tool that sends.
                        .byAnybody(),
                Route.post(
                                "/v1/receivers/{receiver}",
                                "Publishes what a bill of k8s-aibom says of a workload (a receiver of receivers)",
                                Answer.BILL_RECEIPT,
                                List.of(),
                                (context, arguments) -> bodies.take(
                                        context,
                                        false,
                                        BILL_BYTES,
                                        (body, never) -> intake.bill(
                                                Answers.pathParam(context, "receiver"),
                                                context::header,
                                                body.readAllBytes())))
                        // Each has a secret of its own with the cluster that sends.
                        .byAnybody(),
                Route.post(
                                "/v1/alert-actions",
                                "Acknowledges, suppresses or closes alerts (JSON Lines)",
                                List.of(WAIT),
                                (context, arguments) -> bodies.take(
                                        context,
                                        arguments.flag("wait"),
                                        (lines, wait) -> intake.alertActions(lines, wait, Gate.bearer(context))))
                        .by(ApiRole.TRIAGE),
                Route.post(
                        "/v1/traces",
                        "Takes spans of calls of models (OTLP/HTTP); of each only the names of models and where they answer are kept",
                        Answer.OTLP,
                        List.of(),
                        (context, arguments) -> traces.take(context)));
    }
}
