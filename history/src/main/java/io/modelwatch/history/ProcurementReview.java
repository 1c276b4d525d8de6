package io.modelwatch.history;

import io.modelwatch.schemas.Glob;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.ProcurementType;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says what is odd about procurement events that are legal all the same, beside what the history knows: they may come
 * before what they speak of, so that none of it is an error.
 */
public final class ProcurementReview {

    private static final Logger LOGGER = LoggerFactory.getLogger(ProcurementReview.class);

    /** Whoever waits for the answer has had the events published already. */
    private static final int SECONDS = 5;

    private final DataSource database;
    private final Recent events = new Recent();
    private final Recent deployments = new Recent();

    /** @param database the migrated database of the history */
    public ProcurementReview(DataSource database) {
        this.database = database;
    }

    /**
     * Something odd.
     *
     * @param event index of the event in the list that was given
     * @param field dotted path of the field
     * @param message what is odd and what follows from it
     */
    public record Remark(int event, String field, String message) {}

    /** Ids of what was published a moment ago and may not have reached the history yet. Bounded; thread-safe. */
    private static final class Recent {
        private static final int MOST = 100_000;

        private final Set<String> ids = Collections.newSetFromMap(Collections.synchronizedMap(new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                return size() > MOST;
            }
        }));
    }

    /** Notes that deployments were told of. */
    public void observed(Collection<String> ids) {
        deployments.ids.addAll(ids);
    }

    /** Returns what is odd about events; nothing where the history cannot be asked. */
    public List<Remark> of(List<ProcurementEvent> given) {
        given.forEach(event -> events.ids.add(event.getId()));
        try (Connection connection = database.getConnection()) {
            return new Look(connection, given).remarks();
        } catch (SQLException e) {
            LOGGER.atWarn().addKeyValue("error", e.getMessage()).log("Procurement events are published unreviewed");
            return List.of();
        }
    }

    /** One look at a list of events. */
    private final class Look {
        private final Connection connection;
        private final List<ProcurementEvent> given;
        private final List<Remark> remarks = new ArrayList<>();

        /** What a glob that matches every model covers; counted once, for however many of them. */
        private @Nullable String everything;

        Look(Connection connection, List<ProcurementEvent> given) {
            this.connection = connection;
            this.given = given;
        }

        List<Remark> remarks() throws SQLException {
            Set<String> knownEvents = known(
                    "select id from procurement_events where id = any(?)", ProcurementEvent::getRevokes, events.ids);
            Set<String> knownDeployments = known(
                    "select deployment from deployments where deployment = any(?)",
                    ProcurementEvent::getDeployment,
                    deployments.ids);
            Set<String> knownVendors = known(
                    "select vendor from deployments where vendor = any(?)", ProcurementEvent::getVendor, Set.of());
            Map<String, String> revokedBy = revokedBy();
            Map<String, Instant> issued = issued();
            for (int i = 0; i < given.size(); i++) {
                ProcurementEvent event = given.get(i);
                unknown(i, "revokes", event.getRevokes(), knownEvents, "no procurement event %s is known (yet)");
                unknown(
                        i,
                        "subject.deployment",
                        event.getDeployment(),
                        knownDeployments,
                        "no deployment %s is known (yet): it covers nothing until one is");
                unknown(
                        i,
                        "subject.vendor",
                        event.getVendor(),
                        knownVendors,
                        "no deployment of a vendor %s is known (yet): it covers nothing until one is");
                String revocation = revokedBy.get(event.getId());
                if (revocation != null) {
                    remarks.add(new Remark(
                            i, "id", "is revoked by " + revocation + ": a new approval needs an id of its own"));
                }
                Instant before = issued.get(event.getId());
                if (before != null && event.getIssuedAt().isBefore(before)) {
                    remarks.add(new Remark(
                            i,
                            "issuedAt",
                            "changes nothing: " + event.getId() + " is known as issued later, at " + before));
                }
                wide(i, event);
            }
            return remarks;
        }

        private void unknown(int event, String field, @Nullable String value, Set<String> known, String message) {
            if (value != null && !known.contains(value)) {
                remarks.add(new Remark(event, field, message.formatted(value)));
            }
        }

        private void wide(int index, ProcurementEvent event) throws SQLException {
            String model = event.getModel();
            if (model != null && Glob.matchesEveryModel(model)) {
                everything = everything == null ? covered() : everything;
                remarks.add(new Remark(
                        index, "subject.model", "'" + model + "' selects every model there is: " + everything));
            }
            List<String> models = event.getAllows().getModels();
            if (event.getType() != ProcurementType.REVOCATION && models != null) {
                models.stream()
                        .filter(Glob::matchesEveryModel)
                        .findFirst()
                        .ifPresent(glob -> remarks.add(new Remark(
                                index,
                                "allows.models",
                                "'" + glob + "' allows every model, as if allows.models were absent")));
            }
        }

        private String covered() throws SQLException {
            try (PreparedStatement query =
                            prepare("select count(distinct model), count(distinct deployment) from deployment_models");
                    ResultSet row = query.executeQuery()) {
                row.next();
                return "today " + row.getLong(1) + " models in " + row.getLong(2) + " deployments, and each that comes";
            }
        }

        private Set<String> known(String sql, Function<ProcurementEvent, @Nullable String> named, Set<String> alsoKnown)
                throws SQLException {
            Set<String> known = new HashSet<>(alsoKnown);
            String[] asked = given.stream()
                    .map(named)
                    .flatMap(Stream::ofNullable)
                    .distinct()
                    .filter(name -> !known.contains(name))
                    .toArray(String[]::new);
            if (asked.length > 0) {
                try (PreparedStatement query = prepare(sql)) {
                    query.setArray(1, connection.createArrayOf("text", asked));
                    try (ResultSet rows = query.executeQuery()) {
                        while (rows.next()) {
                            known.add(rows.getString(1));
                        }
                    }
                }
            }
            return known;
        }

        /** A correction counts only if it was issued no earlier than what it corrects. */
        private Map<String, Instant> issued() throws SQLException {
            Map<String, Instant> issued = new LinkedHashMap<>();
            String[] ids = given.stream().map(ProcurementEvent::getId).toArray(String[]::new);
            try (PreparedStatement query = prepare("select id, issued_at from procurement_events where id = any(?)")) {
                query.setArray(1, connection.createArrayOf("text", ids));
                try (ResultSet rows = query.executeQuery()) {
                    while (rows.next()) {
                        issued.put(rows.getString(1), rows.getTimestamp(2).toInstant());
                    }
                }
            }
            return issued;
        }

        private Map<String, String> revokedBy() throws SQLException {
            Map<String, String> revokedBy = new LinkedHashMap<>();
            String[] ids = given.stream()
                    .filter(event -> event.getType() != ProcurementType.REVOCATION)
                    .map(ProcurementEvent::getId)
                    .toArray(String[]::new);
            try (PreparedStatement query = prepare(
                    "select document->>'revokes', id from procurement_events where document->>'revokes' = any(?)")) {
                query.setArray(1, connection.createArrayOf("text", ids));
                try (ResultSet rows = query.executeQuery()) {
                    while (rows.next()) {
                        revokedBy.put(rows.getString(1), rows.getString(2));
                    }
                }
            }
            given.stream()
                    .filter(event -> event.getRevokes() != null)
                    .forEach(event -> revokedBy.putIfAbsent(event.getRevokes(), event.getId()));
            return revokedBy;
        }

        private PreparedStatement prepare(String sql) throws SQLException {
            PreparedStatement statement = connection.prepareStatement(sql);
            statement.setQueryTimeout(SECONDS);
            return statement;
        }
    }
}
