package io.modelwatch.history.bitemporal;

import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.SubjectKind;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * What the records of one transaction mean for the tables with two times. Only who holds the writers' turn may write it,
 * after the records themselves.
 */
public final class Bitemporal {

    private final Deployments deployments = new Deployments();
    private final Models models = new Models();
    private final Alerts alerts = new Alerts();
    private final Procurement procurement = new Procurement();

    /** Returns since when each change of a revision holds, as it is kept beside the revision. */
    public static String moves(Mbom mbom) {
        return Bill.moves(mbom);
    }

    /**
     * Makes the rows of a deployment anew from its revisions and late changes, as far as the database has them.
     *
     * @param connection of a transaction that has the writers' turn
     */
    public static void rebuild(Connection connection, String deployment) throws SQLException {
        Deployments.rebuild(connection, deployment);
    }

    /**
     * Makes the rows of alerts anew from their states, as far as the database has them.
     *
     * @param connection of a transaction that has the writers' turn
     */
    public static void rebuildAlerts(Connection connection, Collection<String> ids) throws SQLException {
        Alerts.rebuild(connection, ids);
    }

    /**
     * Adds a revision.
     *
     * @param document in the contract's form
     * @param arrived timestamp of the record, or null
     */
    public void add(Mbom mbom, String document, @Nullable Instant arrived) {
        deployments.add(
                mbom.getDeployment(),
                Bill.read(
                        mbom.getRevision(),
                        mbom.getAt(),
                        mbom.getEffectiveAt(),
                        mbom.getRemoved(),
                        mbom.getType(),
                        moves(mbom),
                        document,
                        arrived));
    }

    /**
     * Adds a change: of a deployment and late, it corrects the past; all others come with revisions.
     *
     * @param document in the contract's form
     * @param arrived timestamp of the record, or null
     */
    public void add(Change change, String document, @Nullable Instant arrived) {
        if (change.getLate() && change.getSubjectKind() == SubjectKind.DEPLOYMENT) {
            LateFact fact = LateFact.read(document, arrived);
            if (fact != null) {
                deployments.add(change.getSubject(), fact);
            }
        }
    }

    /** Adds what is known of a model: every record, in order, also those that later ones replace. */
    public void add(Lineage lineage) {
        models.add(lineage.getModel(), lineage, Instant.EPOCH);
    }

    /** Adds that a model is forgotten. */
    public void forget(String model, Instant at) {
        models.add(model, null, at);
    }

    /**
     * Adds a state of an alert.
     *
     * @param document in the contract's form
     */
    public void add(Alert alert, String document) {
        alerts.add(alert.getId(), alert.getUpdatedAt(), document);
    }

    /** Adds a procurement event. */
    public void add(ProcurementEvent event) {
        procurement.add(event);
    }

    /** Writes what was added. */
    public void write(Connection connection) throws SQLException {
        deployments.write(connection);
        models.write(connection);
        alerts.write(connection);
        procurement.write(connection);
    }
}
