package io.modelwatch.app.cli;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.TypeConversionException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What differs between two revisions of one bill, claim by claim, and which revision brought it. */
final class MbomDiff {

    static final List<String> COLUMNS = List.of("field", "difference", "before", "after", "revision", "cause");

    /** One end: a revision, or the last one that was known at a time. */
    record End(@Nullable Integer revision, @Nullable Instant asOf) {

        static End of(String text) {
            return text.matches("\\d{1,9}")
                    ? new End(Integer.valueOf(text), null)
                    : new End(null, new When().convert(text));
        }
    }

    /** Two ends. */
    record Ends(End before, End after) {

        /** @throws TypeConversionException if the text is not two ends with two dots between them */
        static Ends of(String text) {
            int dots = text.indexOf("..");
            if (dots < 1 || dots + 2 >= text.length()) {
                throw new TypeConversionException("'" + text
                        + "' is not A..B, two revisions (3..5) or times (2026-03-01T00:00:00Z..2026-04-01T00:00:00Z)");
            }
            return new Ends(End.of(text.substring(0, dots)), End.of(text.substring(dots + 2)));
        }
    }

    private MbomDiff() {}

    /**
     * Returns one item a field that is claimed otherwise.
     *
     * @param before the older bill
     * @param after the newer bill
     * @param revisions gives a revision between them
     */
    static List<JsonNode> of(JsonNode before, JsonNode after, Function<Integer, JsonNode> revisions) {
        Map<String, JsonNode> was = shown(before);
        Map<String, JsonNode> is = shown(after);
        TreeSet<String> fields = new TreeSet<>(was.keySet());
        fields.addAll(is.keySet());
        fields.removeIf(field -> same(was.get(field), is.get(field)));
        Map<String, JsonNode> brought = new LinkedHashMap<>();
        int from = before.path("revision").asInt(0);
        // The last revision that touched a field made it what it is.
        for (int revision = after.path("revision").asInt(0);
                revision > from && brought.size() < fields.size();
                revision--) {
            JsonNode bill = revisions.apply(revision);
            for (JsonNode changed : bill.path("changed")) {
                for (String field : fields) {
                    if (field.equals(changed.asString("")) || field.startsWith(changed.asString("") + ".")) {
                        brought.putIfAbsent(field, bill);
                    }
                }
            }
        }
        List<JsonNode> items = new ArrayList<>();
        for (String field : fields) {
            JsonNode old = was.get(field);
            JsonNode now = is.get(field);
            ObjectNode item = JsonNodeFactory.instance.objectNode();
            item.put("field", field);
            item.put("difference", old == null ? "added" : now == null ? "removed" : "changed");
            if (old != null) {
                item.set("before", old.path("value"));
            }
            if (now != null) {
                item.set("after", now.path("value"));
                item.put("confidence", Text.at(now, "confidence"));
            }
            JsonNode bill = brought.get(field);
            if (bill != null) {
                item.set("revision", bill.path("revision"));
                item.set("cause", bill.path("cause"));
            }
            items.add(item);
        }
        return items;
    }

    /** The claim that the bill shows of each field: the first. */
    private static Map<String, JsonNode> shown(JsonNode bill) {
        Map<String, JsonNode> shown = new LinkedHashMap<>();
        bill.path("claims").forEach(claim -> shown.putIfAbsent(Text.at(claim, "field"), claim));
        return shown;
    }

    private static boolean same(@Nullable JsonNode one, @Nullable JsonNode other) {
        return one != null
                && other != null
                && one.path("value").equals(other.path("value"))
                && one.path("confidence").equals(other.path("confidence"));
    }
}
