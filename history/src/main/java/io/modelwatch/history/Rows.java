package io.modelwatch.history;

import io.modelwatch.history.bitemporal.Bitemporal;
import io.modelwatch.schemas.PathHeader;
import io.modelwatch.schemas.TraceParent;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertGroup;
import io.modelwatch.schemas.avro.Ancestor;
import io.modelwatch.schemas.avro.ChangeVerdict;
import io.modelwatch.schemas.avro.Disclosure;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.SourceHealth;
import io.modelwatch.schemas.json.JsonForms;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** What each record becomes in the database. */
final class Rows {

    /** Whether what was said of a change before is better than what is said now. */
    private static final String BETTER_BEFORE =
            "old.best = 'APPROVED' or old.best = 'APPROVED_LATE' and excluded.best <> 'APPROVED'";

    private Rows() {}

    /** Returns the way of a record to here, as JSON. */
    static String path(ConsumerRecord<byte[], byte[]> record) {
        PathHeader.stamp(record.headers(), "history", System.currentTimeMillis());
        TraceParent parent = TraceParent.read(record.headers());
        return path(PathHeader.read(record.headers()), parent != null && parent.sampled() ? parent.traceId() : null);
    }

    /**
     * Adds the statements for a record; changes have {@link ChangeRows}.
     *
     * @param value the record's value, null for a tombstone
     * @param document of a revision or alert, in the contract's form; else empty
     */
    static void add(Batches batches, ConsumerRecord<byte[], byte[]> record, @Nullable Object value, String document) {
        String path = path(record);
        switch (value) {
            case Lineage lineage -> lineage(batches, lineage);
            case Mbom mbom -> mbom(batches, record, mbom, document, path);
            case Alert alert -> alert(batches, record, alert, document, path);
            case AlertGroup group -> alertGroup(batches, group, path);
            case ChangeVerdict verdict -> verdict(batches, verdict, path);
            case Finding finding -> finding(batches, record, finding);
            case SourceHealth health -> source(batches, health, path);
            case ProcurementEvent event -> procurement(batches, event, path);
            case Disclosure disclosure -> disclosure(batches, disclosure, path);
            case null -> tombstone(batches, record);
            default -> throw new IllegalStateException(record.topic() + " holds a value of another type");
        }
    }

    private static void lineage(Batches batches, Lineage lineage) {
        String model = lineage.getModel();
        String document = JsonForms.ancestry(lineage).toString();
        batches.add(
                "insert into lineage (model, known, document) values (?, ?, ?::json) on conflict (model) do update set"
                        + " known = excluded.known, document = excluded.document, recorded_at = now()",
                model,
                lineage.getKnown(),
                document);
        // One statement replaces the rows, and leaves those alone that stay as they are.
        batches.add(
                "with said as (select a->>'id' as ancestor, (a->>'depth')::int as depth, a->>'relation' as relation"
                        + " from json_array_elements(?::json) a), gone as (delete from lineage_ancestors"
                        + " where model = ? and ancestor not in (select ancestor from said)) insert into"
                        + " lineage_ancestors as old (model, ancestor, depth, relation) select ?, ancestor, depth,"
                        + " relation from said on conflict (model, ancestor) do update set depth = excluded.depth,"
                        + " relation = excluded.relation where (old.depth, old.relation) <> (excluded.depth,"
                        + " excluded.relation)",
                ancestors(lineage),
                model,
                model);
    }

    /** What the rows need, and no more: a document with all its paths can be a hundred times as long. */
    private static String ancestors(Lineage lineage) {
        ArrayNode ancestors = JsonNodeFactory.instance.arrayNode();
        for (Ancestor ancestor : lineage.getAncestry()) {
            ancestors
                    .addObject()
                    .put("id", ancestor.getId())
                    .put("depth", ancestor.getDepth())
                    .put("relation", ancestor.getRelation());
        }
        return ancestors.toString();
    }

    private static void mbom(
            Batches batches, ConsumerRecord<byte[], byte[]> record, Mbom m, String document, String path) {
        batches.add(
                "insert into mboms (deployment, revision, at, removed, correlation_id, document, path, effective_at,"
                        + " moves, type, arrived_at) values (?, ?, ?, ?, ?, ?::json, ?::json, ?, ?::json, ?, ?) on"
                        // Of revisions that an older schema has recorded.
                        + " conflict (deployment, revision) do update set effective_at = excluded.effective_at, moves ="
                        + " excluded.moves, type = excluded.type, arrived_at = excluded.arrived_at where mboms.moves is"
                        + " null",
                m.getDeployment(),
                m.getRevision(),
                m.getAt(),
                m.getRemoved(),
                m.getCorrelationId(),
                document,
                path,
                m.getEffectiveAt(),
                Bitemporal.moves(m),
                m.getType(),
                Recording.arrived(record));
        batches.add(
                "insert into deployments (deployment, revision, vendor, owner, removed) values (?, ?, ?, ?, ?) on conflict"
                        + " (deployment) do update set revision = excluded.revision, vendor = excluded.vendor, owner ="
                        + " excluded.owner, removed = excluded.removed where excluded.revision > deployments.revision",
                m.getDeployment(),
                m.getRevision(),
                m.getVendor(),
                m.getOwner(),
                m.getRemoved());
        // Executed after the statement above: of several revisions, and of one that is read again, the newest counts.
        batches.add(
                "with newest as (select max(revision) as revision from mboms where deployment = ?), said as (select"
                        + " distinct c->>'model' as model, c->>'role' as role from"
                        + " json_array_elements((?::json)->'components') c), gone as (delete from deployment_models"
                        + " where deployment = ? and (model, role) not in (select model, role from said) and ? ="
                        + " (select revision from newest)) insert into deployment_models (deployment, model, role)"
                        + " select ?, model, role from said where ? = (select revision from newest) on conflict do"
                        + " nothing",
                m.getDeployment(),
                document,
                m.getDeployment(),
                m.getRevision(),
                m.getDeployment(),
                m.getRevision());
    }

    private static void alert(
            Batches batches, ConsumerRecord<byte[], byte[]> record, Alert a, String document, String path) {
        batches.add(
                "insert into alert_transitions (partition, \"offset\", id, deployment, state, verdict, severity,"
                        + " updated_at, correlation_id, document, path) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?::json,"
                        + " ?::json) on conflict do nothing",
                record.partition(),
                record.offset(),
                a.getId(),
                a.getDeployment(),
                a.getState().name(),
                a.getVerdict().name(),
                a.getSeverity().name(),
                a.getUpdatedAt(),
                a.getCorrelationId(),
                document,
                path);
        // Executed after the statement above. A record that is read again finds its old seq, and takes no newer one's
        // place.
        batches.add(
                "insert into alerts (id, seq, deployment, state, verdict, severity, updated_at, correlation_id,"
                        + " document, path) select id, seq, deployment, state, verdict, severity, updated_at,"
                        + " correlation_id, document, path from alert_transitions where partition = ? and \"offset\" ="
                        + " ? on conflict (id) do update set seq = excluded.seq, deployment = excluded.deployment,"
                        + " state = excluded.state, verdict = excluded.verdict, severity = excluded.severity,"
                        + " updated_at = excluded.updated_at, correlation_id = excluded.correlation_id, document ="
                        + " excluded.document, path = excluded.path, recorded_at = now() where excluded.seq >"
                        + " alerts.seq",
                record.partition(),
                record.offset());
    }

    private static void alertGroup(Batches batches, AlertGroup g, String path) {
        Alert a = g.getAlert();
        batches.add(
                "insert into alert_groups (id, state, severity, verdict, alerts, updated_at, document, path) values (?,"
                        + " ?, ?, ?, ?, ?, ?::json, ?::json) on conflict (id) do update set seq ="
                        + " nextval('history_seq'), state = excluded.state, severity = excluded.severity, verdict ="
                        + " excluded.verdict, alerts = excluded.alerts, updated_at = excluded.updated_at, document ="
                        + " excluded.document, path = excluded.path, recorded_at = now()",
                g.getId(),
                a.getState().name(),
                a.getSeverity().name(),
                a.getVerdict().name(),
                g.getAlerts(),
                a.getUpdatedAt(),
                JsonForms.alertGroup(g).toString(),
                path);
    }

    private static void finding(Batches batches, ConsumerRecord<byte[], byte[]> record, Finding finding) {
        batches.add(
                "insert into alert_findings (partition, \"offset\", id, deployment, state, verdict, severity,"
                        + " updated_at, document) values (?, ?, ?, ?, ?, ?, ?, ?, ?::json) on conflict do nothing",
                record.partition(),
                record.offset(),
                finding.alert(),
                finding.deployment(),
                finding.state(),
                finding.verdict(),
                finding.severity(),
                finding.updatedAt(),
                finding.json());
    }

    private static void verdict(Batches batches, ChangeVerdict v, String path) {
        ProvenanceChange change = v.getJudged().getChange();
        batches.add(
                "insert into verdicts as old (id, deployment, change_id, kind, field, verdict, live, alert,"
                        + " effective_at, observed_at, correlation_id, document, path, best, best_by) values (?, ?, ?,"
                        + " ?, ?, ?, ?, ?, ?, ?, ?, ?::json, ?::json, ?, ?) on conflict (id) do update set seq ="
                        + " nextval('history_seq'), verdict = excluded.verdict, live = excluded.live, alert ="
                        + " excluded.alert, document = excluded.document, path = excluded.path, recorded_at = now(),"
                        + " best = case when " + BETTER_BEFORE + " then old.best else excluded.best end, best_by = case"
                        + " when " + BETTER_BEFORE + " then old.best_by else excluded.best_by end",
                v.getId(),
                v.getDeployment(),
                change.getId(),
                change.getKind().name(),
                change.getField(),
                v.getJudged().getVerdict().name(),
                v.getJudged().getLive(),
                v.getAlert(),
                change.getEffectiveAt(),
                change.getObservedAt(),
                change.getCorrelationId(),
                JsonForms.verdict(v).toString(),
                path,
                v.getJudged().getVerdict().name(),
                v.getJudged().getBy());
    }

    private static void source(Batches batches, SourceHealth s, String path) {
        batches.add(
                "insert into sources (source, at, state, document, path) values (?, ?, ?, ?::json, ?::json) on"
                        + " conflict (source) do update set at = excluded.at, state = excluded.state, document ="
                        + " excluded.document, path = excluded.path, recorded_at = now() where excluded.at >="
                        + " sources.at",
                s.getSource(),
                s.getAt(),
                s.getState().name(),
                JsonForms.sourceHealth(s).toString(),
                path);
    }

    private static void procurement(Batches batches, ProcurementEvent p, String path) {
        batches.add(
                "insert into procurement_events (id, issued_at, correlation_id, document, path) values"
                        + " (?, ?, ?, ?::json, ?::json) on conflict (id) do update set seq = nextval('history_seq'),"
                        + " issued_at = excluded.issued_at, correlation_id = excluded.correlation_id, document ="
                        + " excluded.document, path = excluded.path, recorded_at = now()"
                        // As the drift topology has it: a correction is issued later.
                        + " where excluded.issued_at >= procurement_events.issued_at",
                p.getId(),
                p.getIssuedAt(),
                p.getCorrelationId(),
                JsonForms.procurement(p).toString(),
                path);
    }

    private static void disclosure(Batches batches, Disclosure d, String path) {
        batches.add(
                "insert into disclosures (id, vendor, announced_at, observed_at, correlation_id, document, path) values"
                        + " (?, ?, ?, ?, ?, ?::json, ?::json) on conflict (id) do update set seq ="
                        + " nextval('history_seq'), vendor = excluded.vendor, announced_at = excluded.announced_at,"
                        + " observed_at = excluded.observed_at, correlation_id = excluded.correlation_id, document ="
                        + " excluded.document, path = excluded.path, recorded_at = now()"
                        + " where excluded.observed_at >= disclosures.observed_at",
                d.getId(),
                d.getVendor(),
                d.getAnnouncedAt(),
                d.getObservedAt(),
                d.getCorrelationId(),
                JsonForms.disclosure(d).toString(),
                path);
    }

    /** What is compacted and gone: ancestry is kept for what is, everything else for what was. */
    private static void tombstone(Batches batches, ConsumerRecord<byte[], byte[]> record) {
        if (record.topic().endsWith(".lineage.v1")) {
            batches.add("delete from lineage where model = ?", key(record));
        } else if (record.topic().endsWith(".sources.v1")) {
            batches.add("delete from sources where source = ?", key(record));
        }
    }

    private static String key(ConsumerRecord<byte[], byte[]> record) {
        return new String(record.key(), StandardCharsets.UTF_8);
    }

    /** @param traceId of the trace in which it came to be, null where none is recorded */
    private static String path(Map<String, Long> stages, @Nullable String traceId) {
        StringBuilder json = new StringBuilder("{");
        stages.forEach((stage, millis) -> json.append(json.length() > 1 ? "," : "")
                .append('"')
                .append(stage.replaceAll("[^A-Za-z0-9_.-]", "_"))
                .append("\":")
                .append(millis));
        if (traceId != null) {
            json.append(json.length() > 1 ? "," : "")
                    .append("\"traceId\":\"")
                    .append(traceId)
                    .append('"');
        }
        return json.append('}').toString();
    }
}
