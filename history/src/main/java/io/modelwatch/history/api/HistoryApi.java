package io.modelwatch.history.api;

import io.javalin.Javalin;
import io.javalin.http.Context;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import javax.sql.DataSource;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The read side over HTTP: lists, newest documents and traces as JSON. */
public final class HistoryApi implements AutoCloseable {

    private final Javalin server;

    private HistoryApi(Javalin server) {
        this.server = server;
    }

    /**
     * Starts the API.
     *
     * @param intake takes pushed lines
     * @param readiness says what keeps the program from being ready
     * @param metrics text in the format of Prometheus
     * @throws IllegalStateException if the port is taken
     */
    public static HistoryApi start(
            String host, int port, DataSource database, Intake intake, Readiness readiness, Supplier<String> metrics) {
        Javalin server = Javalin.create(config -> {
            config.concurrency.useVirtualThreads = true;
            config.startup.showJavalinBanner = false;
            config.routes.get("/health/live", context -> context.result("ok"));
            config.routes.get("/health/ready", context -> {
                Map<String, String> troubles = readiness.troubles();
                context.status(troubles.isEmpty() ? 200 : 503).result(troubles.toString());
            });
            config.routes.get("/metrics", context -> context.result(metrics.get()));
            config.routes.post(
                    "/v1/observations",
                    context -> receipt(context, intake.observations(context.bodyInputStream(), wait(context))));
            config.routes.post(
                    "/v1/procurement-events",
                    context -> receipt(context, intake.procurementEvents(context.bodyInputStream(), wait(context))));
            config.routes.get("/v1/alerts/{id}", context -> {
                List<String> found =
                        query(database, "select document from alerts where id = ?", List.of(context.pathParam("id")));
                one(context, found);
            });
            config.routes.get("/v1/mboms/{deployment}", context -> {
                List<String> found = query(
                        database,
                        "select document from mboms where deployment = ? order by revision desc limit 1",
                        List.of(context.pathParam("deployment")));
                one(context, found);
            });
            config.routes.get("/v1/sources", context -> {
                list(context, query(database, "select document from sources order by source", List.of()));
            });
            config.routes.exception(
                    Exception.class, (e, context) -> problem(context, 500, "the history cannot be read"));
        });
        try {
            server.start(host, port);
        } catch (RuntimeException e) {
            throw new IllegalStateException(
                    "cannot listen on " + host + ":" + port + "; is the port taken? Choose another one", e);
        }
        return new HistoryApi(server);
    }

    /** Returns the port that it listens on. */
    public int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.stop();
    }

    private static boolean wait(Context context) {
        return "true".equals(context.queryParam("wait"));
    }

    private static void receipt(Context context, Intake.Receipt receipt) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode().put("accepted", receipt.accepted());
        ArrayNode errors = answer.putArray("errors");
        receipt.errors()
                .forEach(error -> errors.addObject()
                        .put("line", error.line())
                        .put("field", error.field())
                        .put("message", error.message()));
        context.status(receipt.errors().isEmpty() ? 200 : 422)
                .contentType("application/json")
                .result(answer.toString());
    }

    private static List<String> query(DataSource database, String sql, List<Object> values) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.size(); i++) {
                statement.setObject(i + 1, values.get(i));
            }
            List<String> documents = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    documents.add(rows.getString(1));
                }
            }
            return documents;
        }
    }

    private static void one(Context context, List<String> found) {
        if (found.isEmpty()) {
            problem(context, 404, "nothing is known of " + context.path());
        } else {
            context.contentType("application/json").result(found.getFirst());
        }
    }

    private static void list(Context context, List<String> items) {
        context.contentType("application/json").result("{\"items\":[" + String.join(",", items) + "],\"next\":null}");
    }

    private static void problem(Context context, int status, String detail) {
        ObjectNode problem = JsonNodeFactory.instance.objectNode();
        Map.of("type", "about:blank", "detail", detail).forEach(problem::put);
        problem.put("status", status);
        context.status(status).contentType("application/problem+json").result(problem.toString());
    }
}
