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
            new Column("truncated", "truncated", "boolean"),
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
            new Column("disclosed", "disclosed", "boolean"),
            time("opened_at", "openedAt"),
            time("updated_at", "updatedAt"),
            json("kinds"),
            json("changes"),
            new Column("nearest_procurement", "nearestProcurement", "json"),
            text("policy"),
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
            new Column("live", "live", "boolean"),
            text("verdict"),
            new Column("disclosed", "disclosed", "boolean"),
            new Column("approved_by", "by", "varchar"),
            text("alert")),
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
            new Column("once", "once", "boolean"),
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
     */
    record Column(String name, String field, String type) {}

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

    private static Column json(String name) {
        return new Column(name, name, "json");
    }

    private static Column time(String name, String field) {
        return new Column(name, field, "timestamptz");
    }
}
