package io.modelwatch.history.api;

import io.javalin.http.Context;
import io.modelwatch.history.api.Route.Answer;
import io.modelwatch.schemas.AsyncApi;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** How the service itself and its sources do, and what describes it. */
final class ServiceRoutes {

    private final Queries queries;
    private final Answers answers;
    private final Readiness readiness;
    private final Supplier<String> metrics;

    ServiceRoutes(Queries queries, Answers answers, Readiness readiness, Supplier<String> metrics) {
        this.queries = queries;
        this.answers = answers;
        this.readiness = readiness;
        this.metrics = metrics;
    }

    List<Route> all() {
        return List.of(
                answers.list("/v1/sources", "The health of every source, by name", Listing.SOURCES),
                Route.get(
                        "/v1/summary",
                        "Counts of what the history holds",
                        Answer.DOCUMENT,
                        List.of(),
                        (context, arguments) -> Answers.json(context, Summary.of(queries))),
                Route.get(
                                "/health/live",
                                "Does the process answer?",
                                Answer.TEXT,
                                List.of(),
                                (context, arguments) ->
                                        context.contentType("text/plain").result("live\n"))
                        .byAnybody(),
                Route.get(
                                "/health/ready",
                                "Does everything work? If not, 503 says what does not",
                                Answer.TEXT,
                                List.of(),
                                (context, arguments) -> ready(context))
                        .byAnybody(),
                Route.get(
                        "/metrics",
                        "Metrics in the format of Prometheus",
                        Answer.TEXT,
                        List.of(),
                        (context, arguments) -> context.contentType("text/plain; version=0.0.4; charset=utf-8")
                                .result(metrics.get())),
                Route.get(
                                "/asyncapi.json",
                                "The AsyncAPI document of the topics",
                                Answer.DOCUMENT,
                                List.of(),
                                (context, arguments) -> Answers.json(context, AsyncApi.document()))
                        .byAnybody());
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
}
