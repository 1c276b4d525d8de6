package io.modelwatch.bench.lineage;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The same question put to PostgreSQL: after a root's licence changed, what is the ancestry of everything that descends
 * from it, and what do the documents of the deployments say? Answered by recursive queries into indexed tables, in one
 * transaction that is on disk when it ends.
 */
final class PostgresPeer {

    private static final int BATCH = 1000;

    private static final String TABLES = """
            CREATE TABLE model (id text COLLATE "C" PRIMARY KEY, license text, known boolean NOT NULL, removed boolean NOT NULL,
                owner_id text, datasets text[] NOT NULL, root boolean NOT NULL,
                change_id text NOT NULL, correlation_id text NOT NULL, effective_at timestamptz, observed_at timestamptz);
            CREATE TABLE edge (child text COLLATE "C", parent text COLLATE "C", relation text NOT NULL, confidence int NOT NULL,
                PRIMARY KEY (child, parent));
            CREATE TABLE deployment (id text COLLATE "C" PRIMARY KEY, model text COLLATE "C" NOT NULL);
            CREATE TABLE ancestry (model text COLLATE "C", ancestor text COLLATE "C", depth int NOT NULL,
                path text[] COLLATE "C" NOT NULL, relations text[] NOT NULL, confidence int NOT NULL, known boolean NOT NULL,
                removed boolean NOT NULL, license text, owner_id text, datasets text[] NOT NULL, root boolean NOT NULL,
                change_id text NOT NULL, correlation_id text NOT NULL, effective_at timestamptz, observed_at timestamptz,
                PRIMARY KEY (model, ancestor));
            CREATE TABLE mbom (deployment text COLLATE "C" PRIMARY KEY, revision int NOT NULL, ancestry jsonb);
            """;

    /** After the tables are full: what a search down needs. */
    private static final String INDEXES =
            "CREATE INDEX edge_parent ON edge (parent); CREATE INDEX deployment_model ON deployment (model)";

    /** Down to everything affected, then up from each to all its ancestors: fewest steps first, then by name. */
    private static final String AFFECTED = """
            CREATE TEMPORARY TABLE affected AS
            WITH RECURSIVE down(id) AS (
                SELECT e.child FROM edge e WHERE e.parent = ?
                UNION
                SELECT e.child FROM down d JOIN edge e ON e.parent = d.id)
            SELECT id FROM down
            """;

    private static final List<String> REPLACE =
            List.of("ANALYZE affected", "DELETE FROM ancestry a USING affected f WHERE a.model = f.id", """
            WITH RECURSIVE up(model, ancestor, depth, path, relations, confidence) AS (
                SELECT e.child, e.parent, 1, ARRAY[e.parent], ARRAY[e.relation], e.confidence
                FROM affected a JOIN edge e ON e.child = a.id WHERE e.parent <> e.child
                UNION ALL
                SELECT u.model, e.parent, u.depth + 1, u.path || e.parent, u.relations || e.relation,
                    least(u.confidence, e.confidence)
                FROM up u JOIN edge e ON e.child = u.ancestor
                WHERE e.parent <> u.model AND e.parent <> ALL (u.path) AND u.depth < 64),
            best AS (
                SELECT DISTINCT ON (model, ancestor) * FROM up ORDER BY model, ancestor, depth, path)
            INSERT INTO ancestry
            SELECT b.model, b.ancestor, b.depth, b.path, b.relations, b.confidence, m.known, m.removed, m.license,
                m.owner_id, m.datasets, m.root, m.change_id, m.correlation_id, m.effective_at, m.observed_at
            FROM best b JOIN model m ON m.id = b.ancestor
            """, """
            INSERT INTO mbom
            SELECT d.id, 1, jsonb_agg(to_jsonb(a) - 'model' ORDER BY a.depth, a.path)
            FROM deployment d JOIN affected f ON f.id = d.model JOIN ancestry a ON a.model = d.model
            GROUP BY d.id
            ON CONFLICT (deployment) DO UPDATE SET revision = mbom.revision + 1, ancestry = excluded.ancestry
            """);

    /** What somebody must fetch who wants to know what is different now. */
    private static final List<String> READ = List.of(
            "SELECT a.* FROM affected f JOIN ancestry a ON a.model = f.id",
            "SELECT m.* FROM affected f JOIN deployment d ON d.model = f.id JOIN mbom m ON m.deployment = d.id");

    /**
     * How long it took, in seconds from the start.
     *
     * @param recomputed until all of it was committed
     * @param read until a client had fetched all of it
     */
    record Times(double recomputed, double read) {}

    private final DataSource database;

    PostgresPeer(DataSource database) {
        this.database = database;
    }

    /** Writes a family and its deployments. */
    void load(HubGenerator family, Map<String, String> deployments) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.execute(TABLES);
            }
            try (PreparedStatement model = connection.prepareStatement("INSERT INTO model VALUES"
                            + " (?, ?, true, false, null, '{}', ?, md5(?), md5(?), now(), now())");
                    PreparedStatement edge = connection.prepareStatement("INSERT INTO edge VALUES (?, ?, ?, 2)")) {
                for (int number = 0; number < family.size(); number++) {
                    String id = family.id(number);
                    model.setString(1, id);
                    model.setString(2, family.license(number));
                    model.setBoolean(3, family.parents(number).isEmpty());
                    model.setString(4, id);
                    model.setString(5, id);
                    model.addBatch();
                    for (var parent : family.parents(number)) {
                        edge.setString(1, id);
                        edge.setString(2, parent.getId());
                        edge.setString(3, parent.getRelation());
                        edge.addBatch();
                    }
                    if (number % BATCH == 0) {
                        model.executeBatch();
                        edge.executeBatch();
                    }
                }
                model.executeBatch();
                edge.executeBatch();
            }
            try (PreparedStatement row = connection.prepareStatement("INSERT INTO deployment VALUES (?, ?)")) {
                for (Map.Entry<String, String> deployment : deployments.entrySet()) {
                    row.setString(1, deployment.getKey());
                    row.setString(2, deployment.getValue());
                    row.addBatch();
                }
                row.executeBatch();
            }
            try (Statement statement = connection.createStatement()) {
                statement.execute(INDEXES);
            }
            connection.commit();
        }
    }

    /** Gives the planner its statistics. */
    void analyze() throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("ANALYZE");
        }
    }

    /** Changes the licence, recomputes all that follows, and reads it. */
    Times change(String root, String license) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            long begin = System.nanoTime();
            try (Statement statement = connection.createStatement()) {
                // Sorts and hashes in memory rather than in files.
                statement.execute("SET LOCAL work_mem = '128MB'");
                statement.execute("SET LOCAL jit = off");
                try (PreparedStatement update = connection.prepareStatement("UPDATE model"
                                + " SET license = ?, change_id = md5(?), correlation_id = md5(?), observed_at = now()"
                                + " WHERE id = ?");
                        PreparedStatement affected = connection.prepareStatement(AFFECTED)) {
                    update.setString(1, license);
                    update.setString(2, license);
                    update.setString(3, license);
                    update.setString(4, root);
                    update.executeUpdate();
                    affected.setString(1, root);
                    affected.execute();
                }
                for (String sql : REPLACE) {
                    statement.execute(sql);
                }
            }
            connection.commit();
            long recomputed = System.nanoTime();
            for (String sql : READ) {
                read(connection, sql);
            }
            long read = System.nanoTime();
            try (Statement statement = connection.createStatement()) {
                statement.execute("DROP TABLE affected");
            }
            connection.commit();
            return new Times((recomputed - begin) / 1e9, (read - begin) / 1e9);
        }
    }

    private static void read(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(BATCH);
            try (ResultSet rows = statement.executeQuery(sql)) {
                int columns = rows.getMetaData().getColumnCount();
                while (rows.next()) {
                    for (int column = 1; column <= columns; column++) {
                        rows.getString(column);
                    }
                }
            }
        }
    }

    /** Returns the fingerprint of every ancestry in the table, and the number of documents that name the licence. */
    Map<String, Long> fingerprints() throws SQLException {
        Map<String, Long> fingerprints = new HashMap<>();
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.setFetchSize(BATCH);
                try (ResultSet rows = statement.executeQuery("SELECT a.model, m.license, a.path, a.relations, a.depth,"
                        + " a.known, a.removed, a.license FROM ancestry a JOIN model m ON m.id = a.model"
                        + " ORDER BY a.model, a.depth, a.path")) {
                    @Nullable String model = null;
                    Fingerprint all = Fingerprint.START;
                    while (rows.next()) {
                        if (!rows.getString(1).equals(model)) {
                            if (model != null) {
                                fingerprints.put(model, all.value());
                            }
                            model = rows.getString(1);
                            all = Fingerprint.START.with(model).with(true).with(rows.getString(2));
                        }
                        String[] ids = (String[]) rows.getArray(3).getArray();
                        String[] relations = (String[]) rows.getArray(4).getArray();
                        Fingerprint path = Fingerprint.START;
                        for (int i = 0; i < ids.length; i++) {
                            path = path.with(relations[i]).with(ids[i]);
                        }
                        all = all.with(path)
                                .with(rows.getInt(5))
                                .with(rows.getBoolean(6))
                                .with(rows.getBoolean(7))
                                .with(rows.getString(8));
                    }
                    if (model != null) {
                        fingerprints.put(model, all.value());
                    }
                }
            }
        }
        return fingerprints;
    }

    /** Returns how many documents say this licence of this ancestor. */
    int documents(String root, String license) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement query = connection.prepareStatement("SELECT count(*) FROM mbom"
                        + " WHERE ancestry @> jsonb_build_array(jsonb_build_object('ancestor', ?, 'license', ?))")) {
            query.setString(1, root);
            query.setString(2, license);
            try (ResultSet rows = query.executeQuery()) {
                rows.next();
                return rows.getInt(1);
            }
        }
    }
}
