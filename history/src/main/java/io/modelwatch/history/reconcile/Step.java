package io.modelwatch.history.reconcile;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One comparison: what a topic says, which is in the table {@code said}, against what became of it. */
final class Step {

    private final String name;
    private final List<String> missing = new ArrayList<>();
    private final List<String> duplicated = new ArrayList<>();
    private final List<String> surplus = new ArrayList<>();
    private @Nullable String differing;
    private boolean newest;

    private Step(String name) {
        this.name = name;
    }

    /** @param name what is held against what, such as {@code changes -> rows} */
    static Step of(String name) {
        return new Step(name);
    }

    /**
     * Holds names and digests against rows, each of which is written once.
     *
     * @param key expression for the name of a row
     */
    Step rows(String table, String key) {
        return missing(joined(table, key, "true") + " except select name from rows")
                .differing(joined(table, key, "true"));
    }

    /**
     * Holds what was said last of each name against a row that is written anew each time.
     *
     * @param begun when the ends of the topics were fixed, as the database tells time: a row that was written later may
     *     say what was said later
     */
    Step newest(String table, String key, String begun) {
        newest = true;
        String before = joined(table, key, "recorded_at <= '" + begun + "'");
        return missing(joined(table, key, "true") + " where digest is not null except select name from rows")
                // A record without value ends its row.
                .duplicated(before + " join rows using (name) where said.digest is null")
                .differing(before);
    }

    private Step differing(String joined) {
        differing = joined + " join rows using (name) where said.digest <> rows.digest";
        return this;
    }

    private static String joined(String table, String key, String which) {
        return "with rows (name, digest) as (select " + key + ", md5(document::text) from " + table + " where " + which
                + ") select distinct said.name from said";
    }

    /** Demands that no name is said twice. */
    Step once() {
        return duplicated("select name from said group by name having count(*) > 1");
    }

    /** Adds a query whose rows are lost; they are waited for. */
    Step missing(String query) {
        missing.add(query);
        return this;
    }

    /** Adds a query whose rows are there too often. */
    Step duplicated(String query) {
        duplicated.add(query);
        return this;
    }

    /** Adds a query whose rows are there too often, unless what they belong to is still on its way. */
    Step surplus(String query) {
        surplus.add(query);
        return this;
    }

    String name() {
        return name;
    }

    /** Compares. */
    Account account(Said said, @Nullable String remark) throws SQLException, InterruptedException {
        if (newest) {
            said.keepNewest();
        }
        said.complete();
        List<String> examples = new ArrayList<>();
        long lost = 0;
        for (String query : missing) {
            lost += said.settled(query, examples);
        }
        long twice = 0;
        for (String query : duplicated) {
            twice += said.count(query, examples);
        }
        for (String query : surplus) {
            twice += said.settled(query, examples);
        }
        return new Account(
                name,
                said.count(),
                lost,
                twice,
                differing == null ? 0 : said.count(differing, examples),
                examples,
                remark);
    }
}
