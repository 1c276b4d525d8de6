package io.modelwatch.history.api;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A list that is paged by keyset.
 *
 * @param name of the list in cursors
 * @param from what follows {@code from} in SQL, columns {@code key} and {@code document} included
 * @param place of an item in it, to which the key belongs
 * @param filters SQL condition, with one {@code ?}, of each parameter that filters
 */
record Listing(String name, String from, Place place, Map<String, String> filters) {

    private static final Map<String, String> OF_ALERTS = Map.of(
            "state", "state = upper(?)",
            "severity", "severity = upper(?)",
            "verdict", "verdict = upper(?)",
            "deployment", "deployment = ?",
            "since", "updated_at >= ?",
            "until", "updated_at < ?");

    private static final String GROUP = "document->>'group' = ?";

    static final Listing CHANGES = numbered(
            "changes",
            "changes",
            Map.of(
                    "subject", "subject = ?",
                    "kind", "kind = ?",
                    "source", "source = ?",
                    "since", "observed_at >= ?",
                    "until", "observed_at < ?"));
    /** The newest record of each alert. */
    static final Listing ALERTS = numbered("alerts", "alerts", and(OF_ALERTS, "group", GROUP));
    /** Every record of every alert, with cursors that are those of {@link #ALERTS}. */
    static final Listing TRANSITIONS = numbered("alerts", "alert_transitions", and(OF_ALERTS, "group", GROUP));
    /** Every finding as OCSF. */
    static final Listing FINDINGS =
            numbered("findings", "alert_findings", and(OF_ALERTS, "group", "document->'unmapped'->>'group' = ?"));
    /** The newest record of each group of alerts. */
    static final Listing ALERT_GROUPS = numbered(
            "alert-groups",
            "alert_groups",
            Map.of(
                    "state", "state = upper(?)",
                    "severity", "severity = upper(?)",
                    "verdict", "verdict = upper(?)",
                    "since", "updated_at >= ?"));

    /** What was last said of each provenance change. */
    static final Listing VERDICTS = numbered(
            "verdicts",
            "verdicts",
            Map.of(
                    "deployment", "deployment = ?",
                    "verdict", "verdict = upper(?)",
                    "kind", "kind = ?",
                    "live", "live = ?",
                    "alert", "alert = ?",
                    "since", "observed_at >= ?",
                    "until", "observed_at < ?"));

    static final Listing PROCUREMENT_EVENTS = new Listing(
            "procurement-events",
            "(select id as key, issued_at, document from procurement_events) listed",
            Place.NAME,
            Map.of(
                    "type", "document->>'type' = ?",
                    "deployment", "document #>> '{subject,deployment}' = ?",
                    "vendor", "document #>> '{subject,vendor}' = ?",
                    "model", "document #>> '{subject,model}' = ?",
                    "revokes", "document->>'revokes' = ?",
                    "unmatched",
                            "(document->>'type' = 'revocation' and not exists (select 1 from procurement_events e where"
                                    + " e.id = listed.document->>'revokes')) = ?",
                    "since", "issued_at >= ?",
                    "until", "issued_at < ?"));
    static final Listing DISCLOSURES =
            new Listing("disclosures", "(select id as key, document from disclosures) listed", Place.NAME, Map.of());
    static final Listing SOURCES =
            new Listing("sources", "(select source as key, document from sources) listed", Place.NAME, Map.of());
    static final Listing MBOMS = new Listing(
            "mboms",
            "(select distinct on (deployment) deployment as key, document from mboms order by deployment, revision"
                    + " desc) listed",
            Place.NAME,
            Map.of("deployment", "key = ?"));
    /** Every revision of every MBOM. */
    static final Listing REVISIONS = numbered(
            "revisions", "mboms", Map.of("deployment", "deployment = ?", "since", "at >= ?", "until", "at < ?"));
    /** The newest revision of each MBOM, with cursors that are those of {@link #REVISIONS}. */
    static final Listing NEWEST_REVISIONS = numbered(
            "revisions",
            "mboms m where not exists (select 1 from mboms n where n.deployment = m.deployment and n.revision >"
                    + " m.revision)",
            Map.of("deployment", "deployment = ?"));

    static final Listing LINEAGE = new Listing(
            "lineage",
            "(select model as key, model, known, document from lineage) listed",
            Place.NAME,
            Map.of("model", "model = ?", "known", "known = ?"));

    /**
     * With {@code "C"}, which the index has (see the migration), not only for its order: for an equal {@code model} the
     * planner takes the GiST index, which is much slower.
     */
    private static final String BELIEFS = "(select model, model collate \"C\" as name, lower(recorded) as known,"
            + " lower(valid) as since, document, cause from bitemporal.lineage union all select model, model collate"
            + " \"C\", lower(recorded), lower(valid), document, cause from bitemporal.lineage_before)";

    /**
     * Every ancestry that a model was known to have, once: a belief is kept in pieces where a later one took its place in
     * part, and the first of them says since when it was held to be so. Of one moment there can be several beliefs, each
     * of other times.
     */
    static final Listing LINEAGE_HISTORY = new Listing(
            "lineage-history",
            "(select " + Place.BELIEF_KEY
                    + " as key, known, model, name, since, json_strip_nulls(json_build_object('model',"
                    + " model, 'effectiveAt', to_char(since at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'),"
                    + " 'observedAt', to_char(known at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), 'cause',"
                    + " cause, 'truncated', coalesce((document->>'truncated')::boolean, false), 'ancestry',"
                    + " document->'ancestry', 'origins', document->'origins')) as document from " + BELIEFS
                    // Not `not exists`, which becomes a join, and loses the order that the index has.
                    + " belief where document is not null and exists (select from " + BELIEFS
                    + " piece where piece.known = belief.known and piece.name = belief.name and piece.since <"
                    + " belief.since and piece.cause is not distinct from belief.cause and piece.document::text ="
                    + " belief.document::text) is not true) listed",
            Place.BELIEF,
            Map.of("model", "model = ?", "since", "known >= ?", "until", "known < ?"));

    private static Listing numbered(String name, String table, Map<String, String> filters) {
        return new Listing(name, "(select *, seq as key from " + table + ") listed", Place.NUMBER, filters);
    }

    private static Map<String, String> and(Map<String, String> filters, String name, String condition) {
        Map<String, String> all = new LinkedHashMap<>(filters);
        all.put(name, condition);
        return all;
    }

    /** One item with the key of its place. */
    record Item(String key, String document) {}

    /**
     * Some items in order and whether more follow.
     *
     * @param items at most as many as were asked for
     */
    record Page(List<Item> items, boolean more) {}

    /** Returns the first items after a place. */
    Page page(Queries queries, Arguments arguments, @Nullable String after, int limit) throws SQLException {
        return page(queries, arguments, after, null, limit);
    }

    /**
     * Returns the first items after a place.
     *
     * @param after cursor, or null for the beginning
     * @param last the highest key to look at, or null
     */
    Page page(Queries queries, Arguments arguments, @Nullable String after, @Nullable Long last, int limit)
            throws SQLException {
        List<Object> values = new ArrayList<>();
        StringBuilder sql = new StringBuilder("select key::text, document::text from ")
                .append(from)
                .append(" where true");
        if (after != null) {
            sql.append(" and ").append(place.after());
            values.addAll(place.values(name, after));
        }
        if (last != null) {
            sql.append(" and key <= ?");
            values.add(last);
        }
        filters.forEach((param, condition) -> {
            Object value = arguments.value(param);
            if (value != null) {
                sql.append(" and ").append(condition);
                values.add(value);
            }
        });
        sql.append(" order by ").append(place.order()).append(" limit ?");
        values.add(limit + 1);
        return queries.page(sql.toString(), values, limit);
    }

    String cursor(Item item) {
        return Cursor.of(name, item.key());
    }
}
