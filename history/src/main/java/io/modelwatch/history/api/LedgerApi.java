package io.modelwatch.history.api;

import io.javalin.http.Context;
import io.modelwatch.history.api.Route.Answer;
import io.modelwatch.history.ledger.LedgerCheck;
import io.modelwatch.history.ledger.LedgerKey;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What proves that nothing recorded was altered, inserted or dropped. */
final class LedgerApi {

    /** A check reads every row; one at a time is enough, and somebody waits for it. */
    private static final Duration LIMIT = Duration.ofMinutes(9);

    private final DataSource database;
    private final LedgerKey key;
    private final Semaphore turn = new Semaphore(1);

    LedgerApi(DataSource database, LedgerKey key) {
        this.database = database;
        this.key = key;
    }

    List<Route> routes() {
        return List.of(
                Route.get(
                        "/v1/ledger/key",
                        "The public key by which seals of the ledger are checked (Ed25519, PEM)",
                        Answer.DOCUMENT,
                        List.of(),
                        (context, arguments) -> key(context)),
                Route.get(
                        "/v1/ledger/verification",
                        "Checks that no MBOM and no state of an alert was altered, inserted or dropped",
                        Answer.DOCUMENT,
                        List.of(
                                Param.text("deployment", "only of this deployment"),
                                Param.text("seal", "hash of a seal that was noted before: it must still be there")),
                        this::verification));
    }

    private void key(Context context) {
        ObjectNode form = JsonNodeFactory.instance.objectNode();
        form.put("algorithm", "Ed25519").put("fingerprint", key.fingerprint()).put("publicKey", key.publicPem());
        context.contentType("application/json").result(form.toString());
    }

    private void verification(Context context, Arguments arguments) throws SQLException {
        String deployment = arguments.text("deployment");
        if (!turn.tryAcquire()) {
            throw Problem.unavailable("the ledger is being checked already; try again when that is done");
        }
        try {
            LedgerCheck.Report report = LedgerCheck.run(database, key, deployment, arguments.text("seal"), LIMIT);
            if (deployment != null && report.rows() + report.chains() + report.broken() == 0) {
                throw Problem.notFound("no deployment " + deployment);
            }
            context.contentType("application/json").result(form(report).toString());
        } catch (SQLTimeoutException e) {
            throw Problem.unavailable("the ledger could not be checked within " + LIMIT.toMinutes()
                    + " minutes; check one deployment, or when there is less to do");
        } finally {
            turn.release();
        }
    }

    private static ObjectNode form(LedgerCheck.Report report) {
        ObjectNode form = JsonNodeFactory.instance.objectNode();
        form.put("holds", report.broken() == 0);
        form.put("seals", report.seals());
        form.put("chains", report.chains());
        form.put("entries", report.entries());
        form.put("rows", report.rows());
        LedgerCheck.@Nullable Seal newest = report.newest();
        if (newest != null) {
            form.putObject("newest")
                    .put("seal", newest.n())
                    .put("at", newest.at().toString())
                    .put("key", newest.key())
                    .put("hash", newest.hash())
                    .put("signature", newest.signature());
        }
        form.put("broken", report.broken());
        ArrayNode breaks = form.putArray("breaks");
        report.breaks()
                .forEach(one -> breaks.addObject().put("where", one.where()).put("what", one.what()));
        return form;
    }
}
