package io.modelwatch.history;

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
import org.jspecify.annotations.Nullable;
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
     * @param health says what keeps the history from being written, or null if nothing does
     */
    public static HistoryApi start(String host, int port, DataSource database, Supplier<@Nullable String> health) {
        Javalin server = Javalin.create(config -> {
            config.concurrency.useVirtualThreads = true;
            config.startup.showJavalinBanner = false;
            config.routes.get("/health/live", context -> context.result("ok"));
            config.routes.get("/health/ready", context -> {
                String trouble = health.get();
                context.status(trouble == null ? 200 : 503).result(trouble == null ? "ok" : trouble);
            });
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
