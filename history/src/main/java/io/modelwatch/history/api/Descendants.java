package io.modelwatch.history.api;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The way down from a model: who descends from it, and who here runs any of them. */
final class Descendants {

    static final Param OF = Param.required("of", "the ancestor: the package URL of a model");
    static final Param DEPTH = Param.count("depth", "at most so many steps away");

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String LIST = "descendants";
    private static final String DEPLOYMENTS = "lineage-deployments";

    /**
     * A lineage line in the contract's form, of a descendant's document {@code l} and its row {@code a}. Built by the
     * database: of a long ancestry only one entry leaves it.
     */
    private static final String LINE = "(select json_build_object('model', a.model, 'ancestor', a.ancestor, 'depth',"
            + " a.depth, 'path', e->'path', 'confidence', e->'confidence') from"
            + " json_array_elements(l.document->'ancestry') e where e->>'id' = a.ancestor)";

    private Descendants() {}

    /** Some descendants in order; the key of one is its depth and its id. */
    static Listing.Page page(Queries queries, Arguments arguments) throws SQLException {
        String of = arguments.required(OF.name());
        StringBuilder sql = new StringBuilder("select json_build_array(a.depth, a.model)::text, ")
                .append(LINE)
                .append("::text from lineage_ancestors a join lineage l on l.model = a.model where a.ancestor = ?");
        List<Object> values = new ArrayList<>();
        values.add(of);
        Long depth = arguments.count(DEPTH.name());
        if (depth != null) {
            sql.append(" and a.depth <= ?");
            values.add(depth);
        }
        String after = arguments.text(Param.AFTER.name());
        if (after != null) {
            JsonNode key = key(LIST, after, 2);
            sql.append(" and (a.depth, a.model) > (?, ?)");
            values.add(key.path(0).asInt(0));
            values.add(key.path(1).asString(""));
        }
        sql.append(" order by a.depth, a.model limit ?");
        Listing.Page page = page(queries, sql.toString(), values, arguments.limit());
        if (page.items().isEmpty() && after == null) {
            requireNamed(queries, of);
        }
        return page;
    }

    static String cursor(Listing.Page page) {
        return Cursor.of(LIST, page.items().getLast().key());
    }

    /** Counts, never the list: a family may have a hundred thousand members. */
    static ObjectNode summary(Queries queries, Arguments arguments) throws SQLException {
        String of = arguments.required(OF.name());
        requireNamed(queries, of);
        ObjectNode summary = JsonNodeFactory.instance.objectNode().put("ancestor", of);
        long[] total = {0};
        summary.put("descendants", 0L);
        ArrayNode groups = summary.putArray("groups");
        queries.list(
                "select depth, relation, count(*) from lineage_ancestors where ancestor = ? group by 1, 2 order by 1, 3"
                        + " desc, 2",
                List.of(of),
                row -> {
                    total[0] += row.getLong(3);
                    return groups.addObject()
                            .put("depth", row.getInt(1))
                            .put("relation", row.getString(2))
                            .put("count", row.getLong(3));
                });
        return summary.put("descendants", total[0]);
    }

    /**
     * Deployments by name, one item for each of their models that is the model asked for (depth 0, no path) or descends
     * from it. They are found by way of the models that deployments name, which are few beside a large family.
     */
    static Listing.Page deployments(Queries queries, Arguments arguments) throws SQLException {
        String of = arguments.required(OF.name());
        StringBuilder sql = new StringBuilder("select json_build_array(d.deployment, d.model, d.role)::text,"
                        + " json_build_object('deployment', d.deployment, 'role', d.role, 'model', d.model, 'ancestor',"
                        + " ?::text, 'depth', coalesce(a.depth, 0), 'path', coalesce(line.entry->'path', '[]'::json),"
                        + " 'confidence', line.entry->'confidence')::text from deployment_models d left join"
                        + " lineage_ancestors a on a.model = d.model and a.ancestor = ? left join lineage l on l.model ="
                        + " a.model left join lateral ")
                .append(LINE)
                .append(" line(entry) on true where (d.model = ? or a.model is not null)");
        List<Object> values = new ArrayList<>(List.of(of, of, of));
        String after = arguments.text(Param.AFTER.name());
        if (after != null) {
            JsonNode key = key(DEPLOYMENTS, after, 3);
            sql.append(" and (d.deployment, d.model, d.role) > (?, ?, ?)");
            key.forEach(part -> values.add(part.asString("")));
        }
        sql.append(" order by d.deployment, d.model, d.role limit ?");
        Listing.Page page = page(queries, sql.toString(), values, arguments.limit());
        if (page.items().isEmpty() && after == null) {
            requireNamed(queries, of);
        }
        return page;
    }

    static String deploymentCursor(Listing.Page page) {
        return Cursor.of(DEPLOYMENTS, page.items().getLast().key());
    }

    private static Listing.Page page(Queries queries, String sql, List<Object> values, int limit) throws SQLException {
        values.add(limit + 1);
        return queries.page(sql, values, limit);
    }

    /** A key of several columns is a JSON array: names may hold any character. */
    private static JsonNode key(String list, String cursor, int columns) {
        try {
            JsonNode key = JSON.readTree(Cursor.key(list, cursor));
            if (key.isArray() && key.size() == columns) {
                return key;
            }
        } catch (JacksonException e) {
            // Said below.
        }
        throw Cursor.foreign(list);
    }

    /** An empty answer would say that nothing descends from a model which nobody knows. */
    private static void requireNamed(Queries queries, String model) throws SQLException {
        List<String> named = queries.documents(
                "select model from lineage where model = ? union all select model from deployment_models where model ="
                        + " ? limit 1",
                model,
                model);
        if (named.isEmpty()) {
            throw Problem.notFound("no model " + model + " is known, nor named as a parent or by a deployment");
        }
    }
}
