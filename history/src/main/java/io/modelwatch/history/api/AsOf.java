package io.modelwatch.history.api;

import io.modelwatch.schemas.Ids;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What held at a moment, by what was known at another: from the tables with two times. */
final class AsOf {

    static final Param AT = Param.time("asOf", "what held at this time; now if absent");
    static final Param KNOWN = Param.time("knownAt", "by what was known at this time; all that is known if absent");
    static final Param BY = Param.choice(
            "by", "one row a country of origin, vendor, model or licence", "origin", "vendor", "model", "license");

    static final String FLEET = "fleet";

    /** Whose clock is a little ahead of ours has not asked for the future. */
    private static final Duration TOLERANCE = Duration.ofMinutes(1);

    /** What counts as known where nothing is said: a belief that still holds has no end. */
    private static final String ALL = "infinity";

    /** No role and no deployment holds it, so that keys sort by deployment and then by role. */
    private static final String SEPARATOR = "chr(1)";

    private static final String COMPONENTS = """
            select key, json_strip_nulls(json_build_object('deployment', deployment, 'role', role, 'model', model,
                   'revision', revision, 'license', license, 'origins', origins, 'since', %s, 'type', type, 'vendor',
                   vendor, 'owner', owner, 'hosting', hosting))::text
              from (select *, deployment || %s || role as key from modelwatch.fleet_as_of(?, ?::timestamptz)) f
             where key > ? order by key limit ?""".formatted(time("since"), SEPARATOR);

    private static final String GROUPS = """
            select label, json_build_object('%1$s', label, 'models', count(distinct model), 'deployments',
                   count(distinct deployment), 'components', count(*))::text
              from (select distinct %2$s as label, f.deployment, f.role, f.model
                      from modelwatch.fleet_as_of(?, ?::timestamptz) f %3$s) one
             where label > ? group by label order by label limit ?""";

    /** A bill that is put together from what held: no revision says all of it. */
    private static final String BILL = """
            select json_strip_nulls(json_build_object('deployment', ?::text, 'serialNumber', ?::text, 'asOf', ?::text,
                   'knownAt', ?::text,
                   'components', coalesce((select json_agg(json_build_object('role', c.role, 'model', c.model,
                         'revision', c.revision, 'requested', c.requested, 'served', c.served, 'license', c.license,
                         'datasets', c.datasets, 'origins', c.origins, 'ancestry', l.ancestry) order by c.role)
                         from modelwatch.components c left join modelwatch.lineage l
                           on l.model = c.model and l.valid @> q.at and l.recorded @> q.known
                        where c.deployment = q.name and c.valid @> q.at and c.recorded @> q.known), '[]'::json),
                   'hosting', coalesce(d.hosting, '[]'::json), 'vendor', d.vendor, 'owner', d.owner,
                   'claims', coalesce((select json_agg(json_build_object('field', m.field, 'value', m.value,
                         'confidence', m.confidence, 'source', nullif(m.source, ''), 'observedAt', %s, 'evidence',
                         m.evidence) order by m.field, m.rank, m.source)
                         from modelwatch.mbom_as_of(q.name, q.at, q.known) m), '[]'::json)))::text,
                   d.deployment is not null or exists (select from modelwatch.mbom_as_of(q.name, q.at, q.known))
              from (select ?::text as name, ?::timestamptz as at, ?::timestamptz as known) q
              left join modelwatch.deployments d
                on d.deployment = q.name and d.valid @> q.at and d.recorded @> q.known""".formatted(time("m.observed_at"));

    private AsOf() {}

    /** As the contract writes times. */
    private static String time(String column) {
        return "regexp_replace(to_char(" + column
                + " at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), '\\.000Z$', 'Z')";
    }

    /** Returns every component that ran, by deployment and role, or counts of them. */
    static Listing.Page fleet(Queries queries, Arguments arguments) throws SQLException {
        String by = arguments.text(BY.name());
        String sql = by == null
                ? COMPONENTS
                : GROUPS.formatted(
                        by,
                        switch (by) {
                            case "origin" -> "coalesce(o->>'country', 'unresolved')";
                            case "license" -> "coalesce(f.license, 'unresolved')";
                            case "vendor" -> "coalesce(f.vendor, '(none)')";
                            default -> "f.model";
                        },
                        by.equals("origin") ? "left join lateral json_array_elements(f.origins) o on true" : "");
        String after = arguments.text(Param.AFTER.name());
        List<Object> values = new ArrayList<>();
        values.add(at(arguments).atOffset(ZoneOffset.UTC));
        values.add(known(arguments));
        values.add(after == null ? "" : Cursor.key(list(by), after));
        values.add(arguments.limit() + 1);
        return queries.page(sql, values, arguments.limit());
    }

    static String cursor(Arguments arguments, Listing.Page page) {
        return Cursor.of(list(arguments.text(BY.name())), page.items().getLast().key());
    }

    private static String list(@Nullable String by) {
        return by == null ? FLEET : FLEET + "/" + by;
    }

    /**
     * Returns the bill of a deployment at a moment, put together from its claims.
     *
     * @throws Problem if nothing was known of it then
     */
    static String bill(Queries queries, String deployment, Arguments arguments) throws SQLException {
        if (arguments.time(AT.name()) == null) {
            throw new Problem(400, "knownAt: give asOf too, the time at which the bill held");
        }
        String at = at(arguments).toString();
        String known = known(arguments);
        List<String> found = queries.list(
                BILL,
                List.of(deployment, Ids.serialNumber(deployment), at, known, deployment, at, known),
                row -> row.getBoolean(2) ? row.getString(1) : "");
        if (found.getFirst().isEmpty()) {
            throw Problem.notFound(
                    "by what was known at " + known + ", there was no deployment " + deployment + " at " + at);
        }
        return found.getFirst();
    }

    private static Instant at(Arguments arguments) {
        Instant at = arguments.time(AT.name());
        return at == null ? Instant.now() : notAhead(AT, at);
    }

    private static String known(Arguments arguments) {
        Instant known = arguments.time(KNOWN.name());
        return known == null ? ALL : notAhead(KNOWN, known).toString();
    }

    /** Of the future nobody knows what holds. */
    private static Instant notAhead(Param param, Instant time) {
        Instant now = Instant.now();
        if (time.isAfter(now.plus(TOLERANCE))) {
            throw new Problem(400, param.name() + ": " + time + " lies ahead; it is " + now + " here");
        }
        return time;
    }
}
