package io.modelwatch.history.api;

import io.javalin.Javalin;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import io.modelwatch.history.ledger.LedgerKey;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP API over the history, and the way in for pushed lines. */
public final class HistoryApi implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(HistoryApi.class);

    private static final int SEND_BUFFER = 128 << 10;

    private final Javalin server;
    private final List<Route> routes;
    private final CountDownLatch closing;
    private final @Nullable TlsConnector tls;

    private HistoryApi(Javalin server, List<Route> routes, CountDownLatch closing, @Nullable TlsConnector tls) {
        this.tls = tls;
        this.server = server;
        this.routes = routes;
        this.closing = closing;
    }

    /**
     * Starts the API.
     *
     * @param config where it listens, and whom it serves
     * @param database the migrated database of the history
     * @param key signs the ledger of the history
     * @param intake takes pushed lines
     * @param letters what could not be read
     * @param readiness says what keeps the program from being ready
     * @param metrics text in the format of Prometheus
     * @throws IllegalStateException if the port is taken
     * @throws IllegalArgumentException if others than this machine can reach it and there are no tokens, or if its
     *     certificate cannot be used
     */
    public static HistoryApi start(
            ApiConfig config,
            DataSource database,
            LedgerKey key,
            Intake intake,
            Letters letters,
            Readiness readiness,
            Supplier<String> metrics) {
        return start(config, database, key, intake, letters, readiness, metrics, Limits.DEFAULT);
    }

    static HistoryApi start(
            ApiConfig config,
            DataSource database,
            LedgerKey key,
            Intake intake,
            Letters letters,
            Readiness readiness,
            Supplier<String> metrics,
            Limits limits) {
        config.requireGuarded();
        String host = config.host();
        int port = config.port();
        CountDownLatch closing = new CountDownLatch(1);
        Queries queries = new Queries(database, limits.query());
        EventStream streams = new EventStream(queries, limits, closing);
        LedgerApi ledger = new LedgerApi(database, key);
        List<Route> routes =
                Routes.all(queries, streams, ledger, new Bodies(limits), intake, letters, readiness, metrics);
        Guard guard = new Guard(host);
        Gate gate = new Gate(config, InstantSource.system());
        TlsConnector tls = config.tls() == null ? null : new TlsConnector(config.tls());
        Javalin server = Javalin.create(javalin -> {
            javalin.concurrency.useVirtualThreads = true;
            javalin.startup.showJavalinBanner = false;
            javalin.startup.showOldJavalinVersionWarning = false;
            javalin.http.prefer405over404 = true;
            // What is under way at the end has its moment; live streams are told by `closing`.
            javalin.jetty.modifyServer(jetty -> jetty.setStopTimeout(5_000));
            javalin.jetty.modifyHttpConfiguration(http -> http.setSendServerVersion(false));
            if (tls != null) {
                javalin.jetty.addConnector((jetty, http) -> tls.connector(jetty, http, host, port));
            }
            javalin.routes.before(guard::check);
            javalin.routes.before(gate::admit);
            routes.forEach(route -> register(javalin.routes, gate, route));
            javalin.routes.after(EntityTag::apply);
            errors(javalin.routes, routes);
        });
        try {
            server.start(host, port);
        } catch (RuntimeException e) {
            if (tls != null) {
                tls.close();
            }
            throw new IllegalStateException(
                    "cannot listen on " + host + ":" + port
                            + ": is the port taken by another program? Choose another one",
                    e);
        }
        // Javalin makes its connector at the start, not before.
        for (Connector connector : server.jettyServer().server().getConnectors()) {
            ((AbstractConnector) connector).setIdleTimeout(limits.idle().toMillis());
            // Else the kernel keeps megabytes for each client that does not read its stream.
            ((ServerConnector) connector).setAcceptedSendBufferSize(SEND_BUFFER);
        }
        return new HistoryApi(server, routes, closing, tls);
    }

    private static void register(RoutesConfig config, Gate gate, Route route) {
        Handler handler = context -> {
            gate.require(context, route.role());
            route.handling().handle(context, Arguments.read(context, route.params()));
        };
        config.addHttpHandler(route.method(), route.path(), handler);
        if (route.method() == HandlerType.GET) {
            config.addHttpHandler(HandlerType.HEAD, route.path(), handler);
        }
    }

    private static void errors(RoutesConfig config, List<Route> routes) {
        config.exception(Problem.class, (problem, context) -> problem.answer(context));
        config.exception(HttpResponseException.class, (e, context) -> refused(e, context, routes));
        config.exception(SQLException.class, (e, context) -> {
            log(e, context);
            Problem.unavailable("the history cannot be read just now; try again")
                    .answer(context);
        });
        config.exception(InterruptedException.class, (e, context) -> {
            Thread.currentThread().interrupt();
            Problem.unavailable("the server is closing").answer(context);
        });
        config.exception(Exception.class, (e, context) -> {
            log(e, context);
            new Problem(500, "this should not have happened; the log of modelwatch says more").answer(context);
        });
    }

    /** The path as its route has it, not as it was called: what was asked for is nobody's business in a log. */
    private static void log(Exception e, Context context) {
        LOGGER.atError()
                .setCause(e)
                .addKeyValue("method", context.method().name())
                .addKeyValue("route", context.endpoint().path)
                .log("a request failed");
    }

    private static void refused(HttpResponseException e, Context context, List<Route> routes) {
        if (e.getStatus() == 405) {
            TreeSet<String> methods = new TreeSet<>();
            for (Route route : routes) {
                if (context.path().matches(route.path().replaceAll("\\{[^}]+}", "[^/]+"))) {
                    methods.add(route.method().name());
                    if (route.method() == HandlerType.GET) {
                        methods.add("HEAD");
                    }
                }
            }
            String allowed = String.join(", ", methods);
            new Problem(405, "only " + allowed + " here")
                    .header("Allow", allowed)
                    .answer(context);
        } else if (e.getStatus() == 404) {
            Problem.notFound("nothing is served here; /openapi.json says what is")
                    .answer(context);
        } else {
            new Problem(e.getStatus(), String.valueOf(e.getMessage())).answer(context);
        }
    }

    /** Returns the port that it listens on. */
    public int port() {
        return server.port();
    }

    List<Route> routes() {
        return routes;
    }

    /** What renews the certificate, for a test that does not wait. */
    @Nullable
    TlsConnector tls() {
        return tls;
    }

    /** What the server itself has registered, for the test that holds the document against it. */
    Javalin server() {
        return server;
    }

    /** Ends live streams, lets requests under way end, and stops. */
    @Override
    public void close() {
        closing.countDown();
        server.stop();
        if (tls != null) {
            tls.close();
        }
    }
}
