package io.modelwatch.history.api;

import io.modelwatch.history.api.Route.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Every operation of the API, a class for each subject. The server and the OpenAPI document are both made from this one list. */
final class Routes {
    private Routes() {}

    /** @param metrics in the format of Prometheus */
    static List<Route> all(
            Queries queries,
            EventStream streams,
            LedgerApi ledger,
            Bodies bodies,
            Intake intake,
            Letters letters,
            Readiness readiness,
            Supplier<String> metrics) {
        Answers answers = new Answers(queries, streams);
        List<Route> routes = new ArrayList<>();
        routes.addAll(new ChangeRoutes(queries, answers).all());
        routes.addAll(new AlertRoutes(queries, answers).all());
        routes.addAll(new MbomRoutes(queries, answers).all());
        routes.addAll(new LineageRoutes(queries, answers).all());
        routes.addAll(new ProcurementRoutes(queries, answers).all());
        routes.addAll(new ReportRoutes(queries).all());
        routes.addAll(ledger.routes());
        routes.addAll(new IntakeRoutes(bodies, intake).all());
        routes.addAll(new LetterRoutes(letters).all());
        routes.addAll(new ServiceRoutes(queries, answers, readiness, metrics).all());
        List<Route> described = List.copyOf(routes);
        routes.add(Route.get(
                        "/openapi.json",
                        "This document",
                        Answer.DOCUMENT,
                        List.of(),
                        (context, arguments) -> Answers.json(context, OpenApi.of(described)))
                .byAnybody());
        return List.copyOf(routes);
    }
}
