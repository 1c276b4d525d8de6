package io.modelwatch.history.bitemporal;

import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.ProvenanceChange;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A revision of an MBOM, as far as the timelines of its deployment need it. Read from what the database keeps of it, so
 * that the rows can be made again from there.
 *
 * @param arrived when the observation behind it came in
 * @param at when it came to be
 * @param effective since when what has no time of its own holds
 * @param moves since when each change of provenance holds, by field
 * @param itself what is known of the deployment, empty where it is gone
 * @param components by role
 * @param claims by field and source
 * @param cause id of the change that led to it, or null
 */
record Bill(
        long revision,
        Instant arrived,
        Instant at,
        Instant effective,
        Map<String, Move> moves,
        boolean removed,
        ObjectNode itself,
        Map<String, ObjectNode> components,
        Map<List<String>, ObjectNode> claims,
        @Nullable String cause) {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final List<String> OF_COMPONENT =
            List.of("model", "revision", "requested", "served", "license", "datasets", "origins");
    private static final List<String> OF_CLAIM = List.of("value", "confidence", "observedAt", "evidence");

    /**
     * When a change took effect.
     *
     * @param change its id
     */
    record Move(Instant at, String change) {}

    /** Returns the moves of a revision as the database keeps them. */
    static String moves(Mbom mbom) {
        ObjectNode moves = JsonNodeFactory.instance.objectNode();
        for (ProvenanceChange change : mbom.getChanges()) {
            if (!change.getLate()) {
                moves.putObject(change.getField())
                        .put("at", change.getEffectiveAt().toString())
                        .put("change", change.getId());
            }
        }
        return moves.toString();
    }

    /**
     * Reads a revision.
     *
     * @param effectiveAt as it says, or null
     * @param type type of the deployment, or null
     * @param moves as of {@link #moves}, or null where they were not kept
     * @param document in the contract's form
     * @param arrived when the observation behind it came in, or null where that was not kept
     */
    static Bill read(
            long revision,
            Instant at,
            @Nullable Instant effectiveAt,
            boolean removed,
            @Nullable String type,
            @Nullable String moves,
            String document,
            @Nullable Instant arrived) {
        JsonNode form = JSON.readTree(document);
        ObjectNode itself = JsonNodeFactory.instance.objectNode();
        if (!removed) {
            if (type != null) {
                itself.put("type", type);
            }
            copy(form, itself, List.of("vendor", "owner", "hosting"));
        }
        Map<String, ObjectNode> components = new LinkedHashMap<>();
        for (JsonNode component : form.path("components")) {
            ObjectNode one = JsonNodeFactory.instance.objectNode();
            copy(component, one, OF_COMPONENT);
            components.put(component.path("role").asString(""), one);
        }
        Map<List<String>, ObjectNode> claims = new LinkedHashMap<>();
        Map<String, Integer> ranks = new LinkedHashMap<>();
        for (JsonNode claim : form.path("claims")) {
            String field = claim.path("field").asString("");
            ObjectNode one = JsonNodeFactory.instance.objectNode();
            copy(claim, one, OF_CLAIM);
            one.put("rank", ranks.merge(field, 1, Integer::sum) - 1);
            claims.putIfAbsent(List.of(field, claim.path("source").asString("")), one);
        }
        Map<String, Move> times = new LinkedHashMap<>();
        if (moves != null) {
            JSON.readTree(moves)
                    .properties()
                    .forEach(move -> times.put(
                            move.getKey(),
                            new Move(
                                    Instant.parse(move.getValue().path("at").asString("")),
                                    move.getValue().path("change").asString(""))));
        }
        JsonNode cause = form.path("cause");
        return new Bill(
                revision,
                arrived == null ? at : arrived,
                at,
                effectiveAt == null ? at : effectiveAt,
                times,
                removed,
                itself,
                components,
                claims,
                cause.isString() ? cause.asString() : null);
    }

    private static void copy(JsonNode from, ObjectNode to, List<String> names) {
        for (String name : names) {
            JsonNode value = from.get(name);
            if (value != null) {
                to.set(name, value);
            }
        }
    }

    /** Returns since when a field is as this revision has it. */
    Instant since(String field) {
        Move move = moves.get(field);
        return move == null ? effective : move.at();
    }

    /** Returns the change behind a field, or what is behind the revision. */
    @Nullable
    String cause(String field) {
        Move move = moves.get(field);
        return move == null ? cause : move.change();
    }
}
