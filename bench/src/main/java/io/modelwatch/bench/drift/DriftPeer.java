package io.modelwatch.bench.drift;

import io.modelwatch.schemas.avro.Verdict;
import java.io.IOException;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/**
 * The same join as one SQL statement: what is the verdict of every change now? Approvals and tickets with validity, revocation, models
 * and countries; what {@link DriftWorld} does not make (one-time tickets, licences, origins) the statement need not know.
 */
final class DriftPeer {

    private static final String TABLES = """
            CREATE TABLE change (id text PRIMARY KEY, deployment text COLLATE "C" NOT NULL, vendor text COLLATE "C" NOT NULL,
                maker text COLLATE "C" NOT NULL, country text NOT NULL, te timestamptz NOT NULL);
            CREATE TABLE paper (id text COLLATE "C" PRIMARY KEY, ticket boolean NOT NULL, deployment text COLLATE "C",
                vendor text COLLATE "C", maker text COLLATE "C", allows_maker text COLLATE "C", countries text[],
                issued timestamptz NOT NULL, valid_to timestamptz, revoked timestamptz);
            """;

    private static final String INDEXES = """
            CREATE INDEX ON paper (deployment); CREATE INDEX ON paper (vendor); CREATE INDEX ON paper (maker);
            CREATE INDEX ON change (deployment, te); ANALYZE change; ANALYZE paper;
            """;

    /** From best to worst as the design orders verdicts; the least of a change's ranks is its verdict. */
    private static final String JUDGE = """
            CREATE TABLE verdict AS
            WITH selected AS (
                SELECT c.id AS change, p.id AS paper FROM change c JOIN paper p ON p.deployment = c.deployment
                UNION ALL
                SELECT c.id, p.id FROM change c JOIN paper p ON p.vendor = c.vendor
                UNION ALL
                SELECT c.id, p.id FROM change c JOIN paper p ON p.maker = c.maker),
            ranked AS (
                SELECT s.change, s.paper, CASE
                    WHEN p.issued <= CASE WHEN p.ticket THEN c.te ELSE $now END
                        AND (p.valid_to IS NULL OR CASE WHEN p.ticket THEN c.te ELSE $now END < p.valid_to)
                        AND (p.revoked IS NULL OR p.revoked > $now)
                    THEN CASE WHEN p.issued <= c.te THEN 0 ELSE 1 END
                    WHEN p.revoked <= $now THEN 2
                    WHEN p.valid_to <= CASE WHEN p.ticket THEN c.te ELSE $now END THEN 3
                    ELSE 5 END AS rank
                FROM selected s JOIN change c ON c.id = s.change JOIN paper p ON p.id = s.paper
                WHERE (p.allows_maker IS NULL OR p.allows_maker = c.maker)
                    AND (p.countries IS NULL OR c.country = ANY (p.countries))),
            best AS (
                SELECT DISTINCT ON (change) change, rank, paper FROM ranked ORDER BY change, rank, paper)
            SELECT c.id AS change, c.deployment, coalesce(b.rank, 5) AS rank, CASE WHEN b.rank < 5 THEN b.paper END AS by,
                lead(c.te) OVER (PARTITION BY c.deployment ORDER BY c.te, c.id) IS NULL AS live
            FROM change c LEFT JOIN best b ON b.change = c.id
            """;

    private static final Verdict[] VERDICTS = {
        Verdict.APPROVED, Verdict.APPROVED_LATE, Verdict.REVOKED, Verdict.EXPIRED, Verdict.EXHAUSTED, Verdict.UNAPPROVED
    };

    private static final int ROWS = 10_000;

    private final DataSource database;

    DriftPeer(DataSource database) {
        this.database = database;
    }

    void load(DriftWorld world) throws SQLException, IOException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(TABLES);
            CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
            StringBuilder rows = new StringBuilder();
            for (int i = 0; i < world.changes(); i++) {
                DriftWorld.Swap swap = world.swap(i);
                row(rows, swap.id(), swap.deployment(), swap.vendor(), swap.maker(), swap.country(), swap.at());
                if (i % ROWS == ROWS - 1 || i == world.changes() - 1) {
                    copy.copyIn("COPY change FROM STDIN", new StringReader(rows.toString()));
                    rows.setLength(0);
                }
            }
            for (int i = 0; i < world.events(); i++) {
                DriftWorld.Paper paper = world.paper(i);
                row(
                        rows,
                        paper.id(),
                        paper.ticket(),
                        paper.deployment(),
                        paper.vendor(),
                        paper.maker(),
                        paper.allowsMaker(),
                        paper.countries() == null ? null : "{" + String.join(",", paper.countries()) + "}",
                        paper.issuedAt(),
                        paper.validTo(),
                        paper.revokedAt());
            }
            copy.copyIn("COPY paper FROM STDIN", new StringReader(rows.toString()));
            statement.execute(INDEXES);
        }
    }

    private static void row(StringBuilder rows, @Nullable Object... cells) {
        for (int i = 0; i < cells.length; i++) {
            rows.append(i == 0 ? "" : "\t").append(cells[i] == null ? "\\N" : cells[i]);
        }
        rows.append('\n');
    }

    /** Judges everything and returns how long that took until it was committed, in seconds. */
    double judge(Instant now) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("DROP TABLE IF EXISTS verdict");
            statement.execute("SET work_mem = '256MB'");
            statement.execute("SET jit = off");
            long begin = System.nanoTime();
            statement.execute(JUDGE.replace("$now", "timestamptz '" + now + "'"));
            return (System.nanoTime() - begin) / 1e9;
        }
    }

    /** Returns the verdict, and the paper behind it, of every change. */
    DriftAnswers answers(int changes) throws SQLException {
        DriftAnswers answers = new DriftAnswers(changes);
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            // In portions: all at once would be held in memory.
            connection.setAutoCommit(false);
            statement.setFetchSize(ROWS);
            try (ResultSet rows = statement.executeQuery("SELECT change, rank, by, live FROM verdict")) {
                while (rows.next()) {
                    answers.put(rows.getString(1), VERDICTS[rows.getInt(2)], rows.getString(3), rows.getBoolean(4));
                }
            }
        }
        return answers;
    }
}
