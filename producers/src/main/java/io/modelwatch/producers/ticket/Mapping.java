package io.modelwatch.producers.ticket;

import io.modelwatch.producers.intake.FlatForm;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.schemas.Ids;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * How a ticket of another system is read as a procurement event.
 *
 * @param ticket JSONata that leads from the body of a webhook to the ticket; empty where the body is the ticket
 * @param decision JSONata over a ticket for what was decided, for example its status
 * @param decisions what each decision makes of a ticket, by decision in lower case; any other makes nothing of it
 * @param fields JSONata over a ticket by column of {@link FlatForm}
 * @param revokedAt JSONata over a ticket for when it was taken back, or null where that is {@code issuedAt}
 * @param constants fixed text by column
 * @param values what a text that was found stands for, by column and text
 */
public record Mapping(
        String ticket,
        String decision,
        Map<String, Decision> decisions,
        Map<String, String> fields,
        @Nullable String revokedAt,
        Map<String, String> constants,
        Map<String, Map<String, String>> values) {

    private static final Set<String> KEYS =
            Set.of("ticket", "decision", "decisions", "fields", "revokedAt", "constants", "values");

    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** What a decision makes of a ticket. */
    public enum Decision {
        APPROVAL,
        CONTRACT,
        CHANGE_TICKET,
        EXCEPTION,
        /** Takes the event back that the same ticket made before. */
        REVOCATION;

        /** Returns the word of the contract. */
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        private static Decision of(String word) {
            for (Decision decision : values()) {
                if (decision.word().equals(word)) {
                    return decision;
                }
            }
            throw new IllegalArgumentException(
                    "decisions: '" + word + "' must be approval, contract, change-ticket, exception or revocation");
        }
    }

    /** Checks what belongs together. */
    public Mapping {
        decisions = Map.copyOf(decisions);
        fields = Map.copyOf(fields);
        constants = Map.copyOf(constants);
        values = Map.copyOf(values);
        if (decisions.isEmpty()) {
            throw new IllegalArgumentException("decisions: name at least one, for example 'Approved: approval'");
        }
        for (String column : List.of("id", "issuedAt")) {
            if (!fields.containsKey(column)) {
                throw new IllegalArgumentException("fields: '" + column + "' is missing");
            }
        }
        List<String> legal = new ArrayList<>(FlatForm.columns());
        // They follow from the decision.
        legal.removeAll(List.of("type", "revokes"));
        for (Map<String, ?> part : List.of(fields, constants, values)) {
            for (String column : part.keySet()) {
                if (!legal.contains(column)) {
                    throw new IllegalArgumentException(
                            "'" + column + "' is no field; legal are " + String.join(", ", legal));
                }
            }
        }
        for (String column : constants.keySet()) {
            if (fields.containsKey(column)) {
                throw new IllegalArgumentException("'" + column + "' stands in fields and in constants");
            }
        }
    }

    /** Returns what tells this mapping from one that reads tickets in another way. */
    public String digest() {
        Map<String, Map<String, String>> sorted = new TreeMap<>();
        values.forEach((column, texts) -> sorted.put(column, new TreeMap<>(texts)));
        return Ids.digest(
                ticket,
                decision,
                new TreeMap<>(decisions).toString(),
                new TreeMap<>(fields).toString(),
                String.valueOf(revokedAt),
                new TreeMap<>(constants).toString(),
                sorted.toString());
    }

    /**
     * Loads a mapping.
     *
     * @param name one that is shipped ({@code jira}, {@code servicenow}), or the path of a YAML file
     * @throws IllegalArgumentException if there is none, or it is not legal
     */
    public static Mapping load(String name) {
        boolean shipped = name.matches("[a-z0-9-]+");
        try (InputStream in = shipped
                ? Mapping.class.getResourceAsStream("/io/modelwatch/producers/mappings/" + name + ".yaml")
                : Files.newInputStream(Path.of(name))) {
            if (in == null) {
                throw new IllegalArgumentException("mapping '" + name
                        + "' is not shipped; a file of your own is given by its path, ./" + name + ".yaml");
            }
            @SuppressWarnings("unchecked")
            Map<String, Object> map = YAML.readValue(in, Map.class);
            return of(new Settings("mapping " + name, map, KEYS), name);
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException("mapping '" + name + "': there is no such file", e);
        } catch (IOException | JacksonException | ClassCastException e) {
            throw new IllegalArgumentException("mapping '" + name + "' cannot be read: " + e.getMessage(), e);
        }
    }

    private static Mapping of(Settings settings, String name) {
        try {
            Map<String, Decision> decisions = new LinkedHashMap<>();
            settings.map("decisions")
                    .forEach((decided, word) -> decisions.put(decided.toLowerCase(Locale.ROOT), Decision.of(word)));
            String ticket = settings.text("ticket");
            return new Mapping(
                    ticket == null ? "" : ticket,
                    settings.required("decision"),
                    decisions,
                    settings.map("fields"),
                    settings.text("revokedAt"),
                    settings.map("constants"),
                    settings.maps("values"));
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            throw new IllegalArgumentException(
                    message.startsWith("mapping ") ? message : "mapping " + name + ": " + message, e);
        }
    }
}
