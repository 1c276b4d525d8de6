package io.modelwatch.history.api;

import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Figures about approvals and about what runs, counted by the database over what the history holds. */
final class Reports {

    static final Param APPROVALS_BY = Param.choice(
            "by", "one row a month of effect (UTC), vendor or owner, or one of all", "month", "vendor", "owner", "all");
    static final Param MODELS_BY =
            Param.choice("by", "one row a country of origin, owner or vendor", "origin", "owner", "vendor");
    static final Param SINCE = Param.time("since", "changes that took effect at or after this time");
    static final Param UNTIL = Param.time("until", "changes that took effect before this time");
    static final Param RECEIVED_SINCE = Param.time("since", "events that came in at or after this time");
    static final Param RECEIVED_UNTIL = Param.time("until", "events that came in before this time");
    static final Param DAYS = Param.count("days", "what ends within so many days; 30 if absent");
    static final Param AT = Param.time("at", "counted from this time; now if absent");

    static final String APPROVALS = "reports/approvals";
    static final String EXPIRING = "reports/expiring";
    static final String BACKDATED = "reports/backdated";
    static final String MODELS = "reports/models";

    private static final long MOST_DAYS = 36_500;

    /** Better an explicit word than an empty cell. */
    private static final String UNRESOLVED = "unresolved";

    private static final String NOBODY = "(none)";

    /**
     * A change that holds counts by its present verdict; one that holds no more by the best it ever had, since an approval
     * that ends later takes nothing back. Time to approval is that of late ones alone: from the effect of the change to
     * the time from which the event behind the verdict was issued and valid.
     */
    private static final String APPROVALS_SQL = """
            select label, json_build_object('%1$s', label, 'changes', changes, 'approved', approved, 'late', late,
                   'unapproved', unapproved, 'lapsed', lapsed,
                   'approvedShare', round(approved::numeric / changes, 4),
                   'lateShare', round(late::numeric / changes, 4),
                   'unapprovedShare', round(unapproved::numeric / changes, 4),
                   'meanSecondsToApproval', round(mean::numeric), 'medianSecondsToApproval', round(median::numeric))::text
              from (
            select label, count(*) as changes, count(*) filter (where verdict = 'APPROVED') as approved,
                   count(*) filter (where verdict = 'APPROVED_LATE') as late,
                   count(*) filter (where verdict not in ('APPROVED', 'APPROVED_LATE')) as unapproved,
                   count(*) filter (where verdict in ('EXPIRED', 'REVOKED', 'EXHAUSTED')) as lapsed,
                   avg(seconds) filter (where verdict = 'APPROVED_LATE') as mean,
                   percentile_cont(0.5) within group (order by seconds) filter (where verdict = 'APPROVED_LATE') as median
              from (
            select %2$s as label, case when v.live then v.verdict else v.best end as verdict,
                   extract(epoch from greatest(p.issued_at, (p.document->>'validFrom')::timestamptz) - v.effective_at)
                   as seconds
              from verdicts v
              left join deployments d on d.deployment = v.deployment
              left join procurement_events p on p.id = case when v.live then v.document->>'by' else v.best_by end
             where v.effective_at >= ? and v.effective_at < ?) one
             group by label) counted
             where label > ? order by label limit ?""";

    /** A ticket covers an act, which its end does not take back: tickets are no part of it. */
    private static final String EXPIRING_SQL = """
            select key, json_build_object('id', id, 'type', document->>'type', 'validTo', document->>'validTo',
                   'subject', document->'subject', 'approver', document->>'approver', 'reference',
                   document->>'reference', 'changes', changes, 'deployments', deployments)::text
              from (
            select to_char(p.valid_to at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS') || ' ' || p.id as key, p.id,
                   p.document, v.changes, v.deployments
              from (select id, document, (document->>'validTo')::timestamptz as valid_to from procurement_events
                     where document->>'type' in ('approval', 'contract', 'exception')) p
              cross join lateral (select count(*) as changes, count(distinct deployment) as deployments from verdicts
                     where document->>'by' = p.id and live and verdict in ('APPROVED', 'APPROVED_LATE')) v
             where p.valid_to > ? and p.valid_to <= ?
               and not exists (select 1 from procurement_events r where r.document->>'revokes' = p.id
                               and coalesce((r.document->>'validFrom')::timestamptz, r.issued_at) <= ?)) due
             where key > ? order by key limit ?""";

    /**
     * What says that it was issued before a change and came in after the alert about it. When each came in is told by the
     * clock of who handled it first, which an event cannot choose; only where no such time came with a record, by when it
     * was written here.
     */
    private static final String BACKDATED_SQL = """
            select key, json_build_object('id', id, 'type', document->>'type', 'issuedAt', document->>'issuedAt',
                   'receivedAt', %1$s, 'alertedAt', %2$s, 'subject', document->'subject', 'approver',
                   document->>'approver', 'reference', document->>'reference', 'changes', changes, 'deployments',
                   deployments, 'alerts', alerts)::text
              from (
            select %1$s || ' ' || id as key, counted.*, document
              from (
            select p.id, p.received, min(a.alerted) as alerted, count(*) as changes,
                   count(distinct v.deployment) as deployments, count(distinct v.alert) as alerts
              from (select id, coalesce(to_timestamp((path->>'poll')::numeric / 1000), recorded_at) as received
                      from procurement_events) p
              join verdicts v on p.id = case when v.live then v.document->>'by' else v.best_by end
               and case when v.live then v.verdict else v.best end = 'APPROVED'
              cross join lateral (select coalesce(to_timestamp((path->>'drift')::numeric / 1000), recorded_at) as alerted
                      from alert_transitions where id = v.alert order by seq limit 1) a
             where v.alert is not null and a.alerted < p.received and p.received >= ? and p.received < ?
             group by p.id, p.received) counted
              join procurement_events using (id)) told
             where key > ? order by key limit ?""".formatted(utc("received"), utc("alerted"));

    /** The newest bill of each deployment that is not gone. */
    private static final String MODELS_SQL = """
            select label, json_build_object('%1$s', label, 'models', count(distinct model), 'deployments',
                   count(distinct deployment), 'components', count(distinct (deployment, role)))::text
              from (
            select %2$s as label, d.deployment, c->>'role' as role, c->>'model' as model
              from deployments d
              join mboms m on m.deployment = d.deployment and m.revision = d.revision
              cross join lateral json_array_elements(m.document->'components') c
              %3$s
             where not d.removed) one
             where label > ? group by label order by label limit ?""";

    private Reports() {}

    static Listing.Page approvals(Queries queries, Arguments arguments) throws SQLException {
        String by = Objects.requireNonNullElse(arguments.text(APPROVALS_BY.name()), "month");
        String label =
                switch (by) {
                    case "month" -> "to_char(v.effective_at at time zone 'UTC', 'YYYY-MM')";
                    case "all" -> "'all'::text";
                    default -> "coalesce(d." + by + ", '" + NOBODY + "')";
                };
        return page(
                queries,
                APPROVALS_SQL.formatted(by, label),
                between(arguments.time(SINCE.name()), arguments.time(UNTIL.name())),
                APPROVALS,
                arguments);
    }

    static Listing.Page expiring(Queries queries, Arguments arguments) throws SQLException {
        Instant at = Objects.requireNonNullElseGet(arguments.time(AT.name()), Instant::now);
        long days = Objects.requireNonNullElse(arguments.count(DAYS.name()), 30L);
        if (days > MOST_DAYS) {
            throw new Problem(400, "days: must be a whole number from 1 to " + MOST_DAYS);
        }
        List<Object> values = new ArrayList<>(List.of(at, at.plusSeconds(days * 86_400), at));
        return page(queries, EXPIRING_SQL, values, EXPIRING, arguments);
    }

    static Listing.Page backdated(Queries queries, Arguments arguments) throws SQLException {
        return page(
                queries,
                BACKDATED_SQL,
                between(arguments.time(RECEIVED_SINCE.name()), arguments.time(RECEIVED_UNTIL.name())),
                BACKDATED,
                arguments);
    }

    static Listing.Page models(Queries queries, Arguments arguments) throws SQLException {
        String by = Objects.requireNonNullElse(arguments.text(MODELS_BY.name()), "origin");
        boolean origin = by.equals("origin");
        String sql = MODELS_SQL.formatted(
                by,
                origin ? "coalesce(o->>'country', '" + UNRESOLVED + "')" : "coalesce(d." + by + ", '" + NOBODY + "')",
                origin ? "left join lateral json_array_elements(c->'origins') o on true" : "");
        return page(queries, sql, new ArrayList<>(), MODELS, arguments);
    }

    private static List<Object> between(@Nullable Instant since, @Nullable Instant until) {
        List<Object> values = new ArrayList<>();
        values.add(Objects.requireNonNullElse(since, Instant.parse("0001-01-01T00:00:00Z")));
        values.add(Objects.requireNonNullElse(until, Instant.parse("9999-01-01T00:00:00Z")));
        return values;
    }

    /** Returns the expression of a time as it appears in a document, in the order of time. */
    private static String utc(String column) {
        return "to_char(" + column + " at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')";
    }

    static String cursor(String list, Listing.Page page) {
        return Cursor.of(list, page.items().getLast().key());
    }

    private static Listing.Page page(Queries queries, String sql, List<Object> values, String list, Arguments arguments)
            throws SQLException {
        String after = arguments.text(Param.AFTER.name());
        values.add(after == null ? "" : Cursor.key(list, after));
        values.add(arguments.limit() + 1);
        return queries.page(sql, values, arguments.limit());
    }
}
