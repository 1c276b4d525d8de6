package io.modelwatch.app.cli;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The procurement event that would settle one alert, as narrow as the rules of the verdict allow: the deployment, the
 * kinds of its drifts, the models concerned, and their licences, origins and hosting countries where these are known. An
 * axis on which something is unknown is left out, since a list there would refuse what is unknown.
 */
final class Draft {

    private static final String MODELS = "models.";
    private static final Set<String> APPROVING = Set.of("APPROVED", "APPROVED_LATE");
    private static final Set<String> REMOVALS = Set.of("COMPONENT_REMOVED", "REMOVED");

    private final String deployment;
    private final List<JsonNode> drifts = new ArrayList<>();

    /** The bill that each drift left behind, then the newest. */
    private final List<JsonNode> bills = new ArrayList<>();

    private final List<String> notes = new ArrayList<>();
    private final Set<String> models = new LinkedHashSet<>();

    /**
     * @param alert in the contract's form
     * @param billAt gives the bill as it was known at a time; at null, the newest; or null where there is none
     * @throws CliException if nothing is left to settle
     */
    Draft(JsonNode alert, Function<@Nullable String, @Nullable JsonNode> billAt) {
        this.deployment = Text.at(alert, "deployment");
        if (Text.at(alert, "state").equals("closed")) {
            throw new CliException("the alert is closed already (" + Text.at(alert, "closeReason") + ")");
        }
        for (JsonNode change : alert.path("changes")) {
            if (change.path("live").asBoolean(false) && !APPROVING.contains(Text.at(change, "verdict"))) {
                drifts.add(change);
            }
        }
        if (drifts.isEmpty()) {
            throw new CliException("nothing is left to settle: every change of the alert is approved or gone");
        }
        JsonNode newest = billAt.apply(null);
        for (JsonNode drift : drifts) {
            JsonNode bill = billAt.apply(Text.at(drift, "observedAt"));
            JsonNode behind = bill == null ? newest : bill;
            if (behind != null) {
                bills.add(behind);
            }
            models.addAll(concerned(drift, behind == null ? JsonNodeFactory.instance.objectNode() : behind));
        }
        if (bills.isEmpty()) {
            notes.add("no bill of " + deployment + " is known: licences, origins and countries are not limited");
        }
        if (newest != null) {
            bills.add(newest);
        }
    }

    /** The models that a change concerns, as the drift topology sees it; none for a removal, which is judged by its kind. */
    private static List<String> concerned(JsonNode drift, JsonNode bill) {
        if (REMOVALS.contains(Text.at(drift, "kind"))) {
            return List.of();
        }
        String field = Text.at(drift, "field");
        if (field.startsWith(MODELS) && field.endsWith(".id")) {
            return List.of(Text.at(drift, "after"));
        }
        int end = field.indexOf('.', MODELS.length());
        String role = field.startsWith(MODELS) && end > 0 ? field.substring(MODELS.length(), end) : null;
        List<String> models = new ArrayList<>();
        for (JsonNode component : bill.path("components")) {
            if (role == null || Text.at(component, "role").equals(role)) {
                models.add(Text.at(component, "model"));
            }
        }
        return models;
    }

    /**
     * Returns the event.
     *
     * @param type approval, exception, contract or change-ticket
     * @param issuedAt when it is issued
     * @param validFor how long it holds from then on
     */
    ObjectNode event(String id, String type, Instant issuedAt, Duration validFor) {
        Instant issued = issuedAt.truncatedTo(ChronoUnit.SECONDS);
        ObjectNode event = JsonNodeFactory.instance.objectNode();
        event.put("id", id).put("type", type).put("issuedAt", issued.toString());
        event.putObject("subject").put("deployment", deployment);
        ObjectNode allows = event.putObject("allows");
        list(allows, "models", models);
        list(allows, "origins", origins());
        list(allows, "licenses", licenses());
        list(allows, "countries", countries());
        list(
                allows,
                "changes",
                drifts.stream()
                        .map(drift -> Text.at(drift, "kind").toLowerCase(Locale.ROOT))
                        .toList());
        if (type.equals("change-ticket")) {
            // It covers acts: it must have been in force when they happened.
            drifts.stream()
                    .map(drift -> Instant.parse(Text.at(drift, "effectiveAt")))
                    .min(Instant::compareTo)
                    .ifPresent(first -> event.put("validFrom", first.toString()));
        }
        event.put("validTo", issued.plus(validFor).toString());
        return event;
    }

    /** Returns what a person should know before approving. */
    List<String> notes() {
        return List.copyOf(notes);
    }

    private Set<String> origins() {
        Set<String> countries = new TreeSet<>();
        for (String model : models) {
            JsonNode component = component(model);
            JsonNode origins = component == null ? JsonNodeFactory.instance.arrayNode() : component.path("origins");
            boolean resolved = !origins.isEmpty();
            for (JsonNode origin : origins) {
                String country = Text.at(origin, "country");
                resolved &= !country.isEmpty();
                countries.add(country);
            }
            if (!resolved) {
                notes.add("the origin of " + model + " is unresolved: any origin is allowed");
                return Set.of();
            }
        }
        return countries;
    }

    private Set<String> licenses() {
        Set<String> licenses = new TreeSet<>();
        for (String model : models) {
            JsonNode component = component(model);
            String license = component == null ? "" : Text.at(component, "license");
            if (license.isEmpty()) {
                notes.add("the licence of " + model + " is unknown: any licence is allowed");
                return Set.of();
            }
            licenses.add(license);
        }
        return licenses;
    }

    private Set<String> countries() {
        Set<String> countries = new TreeSet<>();
        if (models.isEmpty()) {
            // A removal, which is judged by its kind alone.
            return countries;
        }
        for (JsonNode bill : bills) {
            Set<String> here = new TreeSet<>();
            for (JsonNode place : bill.path("hosting")) {
                here.add(Text.at(place, "country"));
            }
            here.remove("");
            if (here.isEmpty()) {
                notes.add("no hosting country is known: any is allowed");
                return Set.of();
            }
            countries.addAll(here);
        }
        return countries;
    }

    /** What is known of a model by now: the newest bill that has it says most. */
    private @Nullable JsonNode component(String model) {
        return bills.reversed().stream()
                .flatMap(bill -> {
                    Stream.Builder<JsonNode> components = Stream.builder();
                    bill.path("components").forEach(components);
                    return components.build();
                })
                .filter(component -> Text.at(component, "model").equals(model))
                .findFirst()
                .orElse(null);
    }

    private static void list(ObjectNode allows, String axis, Iterable<String> entries) {
        Set<String> sorted = new TreeSet<>();
        entries.forEach(sorted::add);
        if (!sorted.isEmpty()) {
            ArrayNode list = allows.putArray(axis);
            sorted.forEach(list::add);
        }
    }
}
