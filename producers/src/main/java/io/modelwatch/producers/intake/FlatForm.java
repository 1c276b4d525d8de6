package io.modelwatch.producers.intake;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A procurement event without nesting: one text a column, as spreadsheets and mappings of tickets have it. Lists are
 * separated by semicolons or line ends; an empty text is an absent field.
 */
public final class FlatForm {

    private static final String SUBJECT = "subject";
    private static final String ALLOWS = "allows";

    /** Where each column goes in the form that {@code procure} reads. */
    private static final Map<String, String> PLACES = places();

    private FlatForm() {}

    private static Map<String, String> places() {
        Map<String, String> places = new LinkedHashMap<>();
        List.of("id", "type", "issuedAt").forEach(name -> places.put(name, ""));
        List.of("deployment", "vendor", "model").forEach(name -> places.put(name, SUBJECT));
        List.of("models", "origins", "licenses", "countries", "changes").forEach(name -> places.put(name, ALLOWS));
        List.of("once", "validFrom", "validTo", "approver", "reference", "revokes")
                .forEach(name -> places.put(name, ""));
        return places;
    }

    /** Returns the legal columns. */
    public static List<String> columns() {
        return List.copyOf(PLACES.keySet());
    }

    /**
     * Returns the form that {@code procure} reads; it is checked there.
     *
     * @param texts the text of each column; legal columns only
     */
    public static ObjectNode nested(Map<String, String> texts) {
        ObjectNode event = JsonNodeFactory.instance.objectNode();
        texts.forEach((column, given) -> {
            String text = given.strip();
            String place = PLACES.get(column);
            if (place == null) {
                throw new IllegalArgumentException("no column '" + column + "'; there are " + columns());
            }
            if (text.isEmpty()) {
                return;
            }
            switch (place) {
                case SUBJECT -> object(event, SUBJECT).put(column, text);
                case ALLOWS -> {
                    ArrayNode list = object(event, ALLOWS).putArray(column);
                    Arrays.stream(text.split("[;\\r\\n]+", -1))
                            .map(String::strip)
                            .filter(one -> !one.isEmpty())
                            .forEach(list::add);
                }
                default -> {
                    Boolean flag = column.equals("once") ? flag(text) : null;
                    if (flag != null) {
                        event.put(column, flag);
                    } else {
                        event.put(column, text);
                    }
                }
            }
        });
        return event;
    }

    private static ObjectNode object(ObjectNode event, String name) {
        return event.get(name) instanceof ObjectNode there ? there : event.putObject(name);
    }

    /** Spreadsheets write TRUE. */
    private static @Nullable Boolean flag(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> null;
        };
    }
}
