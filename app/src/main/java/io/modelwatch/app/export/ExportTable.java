package io.modelwatch.app.export;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** What can be exported: a list of the API each, whose items lie on days. */
public enum ExportTable {
    /** Every change, by when it became known. */
    CHANGES(
            "changes",
            "/v1/changes",
            "observed_at, id",
            text("id"),
            text("subject"),
            text("kind"),
            text("field"),
            json("before"),
            json("after"),
            json("path"),
            text("source"),
            time("effective_at", "effectiveAt"),
            time("observed_at", "observedAt"),
            new Column("correlation_id", "correlationId", "varchar"),
            text("confidence"),
            json("evidence")),
    /** Every revision of every MBOM with its claims, by when it came to be. */
    MBOMS(
            "mboms",
            "/v1/mbom-revisions",
            "revised_at, deployment, revision",
            text("deployment"),
            new Column("serial_number", "serialNumber", "varchar"),
            new Column("revision", "revision", "bigint"),
            time("revised_at", "at"),
            text("cause"),
            json("changed"),
            text("vendor"),
            text("owner"),
            text("type"),
            new Column("removed", "removed", "boolean", true),
            json("hosting"),
            json("components"),
            json("claims")),
    /** Every ancestry that a model was known to have, by when it became known. */
    LINEAGE(
            "lineage",
            "/v1/lineage/history",
            "observed_at, model",
            text("model"),
            time("effective_at", "effectiveAt"),
            time("observed_at", "observedAt"),
            text("cause"),
            flag("truncated"),
            json("ancestry"),
            json("origins")),
    /** Every state of every alert, by when it was told. */
    ALERTS(
            "alerts",
            "/v1/alert-transitions",
            "updated_at, id, state",
            text("id"),
            text("deployment"),
            text("state"),
            text("verdict"),
            text("severity"),
            flag("disclosed"),
            time("opened_at", "openedAt"),
            time("updated_at", "updatedAt"),
            new Column("close_reason", "closeReason", "varchar"),
            text("author"),
            text("reason"),
            time("suppressed_until", "suppressedUntil"),
            text("vendor"),
            text("owner"),
            text("cause"),
            // GROUP is a word of SQL.
            new Column("alert_group", "group", "varchar"),
            json("kinds"),
            json("changes"),
            json("procurement"),
            new Column("nearest_procurement", "nearestProcurement", "json"),
            text("policy"),
            new Column("policy_version", "policyVersion", "varchar"),
            new Column("policy_failures", "policyFailures", "json"),
            json("routes"),
            new Column("next_step", "nextStep", "varchar"),
            new Column("correlation_id", "correlationId", "varchar")),
    /** What was last said of each provenance change, by when the change became known. */
    VERDICTS(
            "verdicts",
            "/v1/verdicts",
            "observed_at, deployment, change_id",
            text("deployment"),
            new Column("change_id", "changeId", "varchar"),
            text("kind"),
            text("field"),
            json("before"),
            json("after"),
            time("effective_at", "effectiveAt"),
            time("observed_at", "observedAt"),
            flag("live"),
            text("verdict"),
            flag("disclosed"),
            new Column("approved_by", "by", "varchar"),
            text("alert"),
            text("cause"),
            json("path"),
            json("evidence")),
    /** Procurement events, by when they were issued. */
    PROCUREMENT_EVENTS(
            "procurement-events",
            "/v1/procurement-events",
            "issued_at, id",
            text("id"),
            text("type"),
            time("issued_at", "issuedAt"),
            json("subject"),
            json("allows"),
            flag("once"),
            time("valid_from", "validFrom"),
            time("valid_to", "validTo"),
            text("approver"),
            text("reference"),
            text("revokes"));

    /**
     * A column.
     *
     * @param name in the file
     * @param field of the item as the API has it
     * @param type of DuckDB; {@code json} becomes text, digit by digit
     * @param mark whether the API has it only where it is true
     */
    record Column(String name, String field, String type, boolean mark) {
        Column(String name, String field, String type) {
            this(name, field, type, false);
        }
    }

    private final String entity;
    private final String path;
    private final String order;
    private final List<Column> columns;

    ExportTable(String entity, String path, String order, Column... columns) {
        this.entity = entity;
        this.path = path;
        this.order = order;
        this.columns = List.of(columns);
    }

    /** Returns the name by which it is asked for, and of its directory: that of its topic. */
    public String entity() {
        return entity;
    }

    /** Returns the path of the API's list, which takes {@code since} and {@code until}. */
    public String path() {
        return path;
    }

    /** The columns in whose order the rows of a day stand. */
    String order() {
        return order;
    }

    List<Column> columns() {
        return columns;
    }

    /** Returns the names of all, for help and messages. */
    public static String names() {
        return Arrays.stream(values()).map(ExportTable::entity).collect(Collectors.joining(", "));
    }

    /** @throws IllegalArgumentException if there is none of this name */
    public static ExportTable of(String entity) {
        return Arrays.stream(values())
                .filter(table -> table.entity.equals(entity))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "'" + entity + "' cannot be exported: give some of " + names() + ", or all"));
    }

    @Override
    public String toString() {
        return entity;
    }

    private static Column text(String name) {
        return new Column(name, name, "varchar");
    }

    private static Column flag(String name) {
        return new Column(name, name, "boolean");
    }

    private static Column json(String name) {
        return new Column(name, name, "json");
    }

    private static Column time(String name, String field) {
        return new Column(name, field, "timestamptz");
    }
}
