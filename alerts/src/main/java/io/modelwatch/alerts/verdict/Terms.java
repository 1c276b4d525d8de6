package io.modelwatch.alerts.verdict;

import io.modelwatch.schemas.Glob;
import io.modelwatch.schemas.avro.Allows;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Disclosure;
import io.modelwatch.schemas.avro.DriftState;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.KnownModel;
import io.modelwatch.schemas.avro.Origin;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.TrackedChange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What procurement events and disclosures say of the changes of one deployment, whatever the time. */
final class Terms {

    private static final String MODELS = "models.";
    private static final String HOSTING = "hosting";

    private final DriftState state;

    Terms(DriftState state) {
        this.state = state;
    }

    /** Returns whether an event is about a change: its deployment, its vendor, or a model concerned. */
    boolean selects(ProcurementEvent event, TrackedChange tracked) {
        if (event.getDeployment() != null) {
            return event.getDeployment().equals(state.getDeployment());
        }
        if (event.getVendor() != null) {
            return event.getVendor().equals(state.getVendor());
        }
        String glob = event.getModel();
        return glob != null && tracked.getConcerned().stream().anyMatch(model -> Glob.matches(glob, model));
    }

    /** Returns why an event does not permit the state that a change left behind, or null if it does. */
    @Nullable
    String refusal(ProcurementEvent event, TrackedChange tracked) {
        Allows allows = event.getAllows();
        ProvenanceChange change = tracked.getChange();
        String kind = change.getKind().name().toLowerCase(Locale.ROOT);
        if (allows.getChanges() != null && !allows.getChanges().contains(kind)) {
            return "it does not allow changes of kind " + kind;
        }
        if (change.getKind() == ChangeKind.COMPONENT_REMOVED || change.getKind() == ChangeKind.REMOVED) {
            return null;
        }
        if (change.getKind() == ChangeKind.MENTIONS_CHANGED) {
            if (Values.added(change).isEmpty()) {
                return null;
            }
            if (allows.getModels() != null && tracked.getConcerned().isEmpty()) {
                return "it allows some models, and the vendor's page does not say which it means";
            }
        }
        for (String model : tracked.getConcerned()) {
            String refusal = refusal(allows, model);
            if (refusal != null) {
                return refusal;
            }
        }
        if (allows.getCountries() != null) {
            List<String> countries = countries(tracked);
            if (countries.isEmpty()) {
                return "it allows some hosting countries, and none is known";
            }
            for (String country : countries) {
                if (!allows.getCountries().contains(country)) {
                    return "it does not allow hosting in " + country;
                }
            }
        }
        return null;
    }

    private @Nullable String refusal(Allows allows, String model) {
        if (allows.getModels() != null && allows.getModels().stream().noneMatch(glob -> Glob.matches(glob, model))) {
            return "it does not allow the model " + model;
        }
        KnownModel known = state.getModels().get(model);
        if (allows.getLicenses() != null) {
            String license = known == null ? null : known.getLicense();
            if (license == null || !allows.getLicenses().contains(license)) {
                return license == null
                        ? "it allows some licences, and that of " + model + " is unknown"
                        : "it does not allow the licence " + license;
            }
        }
        if (allows.getOrigins() != null) {
            List<Origin> origins = known == null ? List.of() : known.getOrigins();
            if (origins.isEmpty()) {
                return "it allows some countries of origin, and that of " + model + " is unresolved";
            }
            for (Origin origin : origins) {
                if (origin.getCountry() == null || !allows.getOrigins().contains(origin.getCountry())) {
                    return origin.getCountry() == null
                            ? "it allows some countries of origin, and that of " + origin.getModel() + " is unresolved"
                            : "it does not allow origin " + origin.getCountry();
                }
            }
        }
        return null;
    }

    /**
     * Had the vendor announced what comes in when it took effect? For an {@code id} the model, for a revision the model
     * with that revision, for hosting every country. Nothing else of a deployment is announced by its vendor.
     */
    boolean isDisclosed(TrackedChange tracked, Collection<Disclosure> disclosures) {
        String field = tracked.getChange().getField();
        String after = Values.text(tracked.getChange().getAfter());
        Predicate<Disclosure> announces;
        if (field.equals(HOSTING)) {
            List<String> countries = countries(tracked);
            announces = disclosure ->
                    !countries.isEmpty() && disclosure.getCountries().containsAll(countries);
        } else if (after != null && field.equals(ofComponent(field, "id"))) {
            announces = disclosure -> disclosure.getModels().stream()
                    .anyMatch(model -> model.getId().equals(after));
        } else if (after != null && field.equals(ofComponent(field, "revision"))) {
            announces = disclosure -> disclosure.getModels().stream()
                    .anyMatch(model -> after.equals(model.getRevision())
                            && tracked.getConcerned().contains(model.getId()));
        } else {
            return false;
        }
        return disclosures.stream()
                .filter(disclosure -> disclosure.getVendor().equals(state.getVendor()))
                .filter(disclosure -> disclosure.getDeployment() == null
                        || disclosure.getDeployment().equals(state.getDeployment()))
                .filter(disclosure ->
                        !disclosure.getAnnouncedAt().isAfter(tracked.getChange().getEffectiveAt()))
                .anyMatch(announces);
    }

    /** Returns the path of a field of the component that a change is of; null where it is of none. */
    static @Nullable String ofComponent(String field, String name) {
        // A role holds no dot, what follows it may: models.primary.attributes.context_length.
        int role = field.indexOf('.', MODELS.length());
        return field.startsWith(MODELS) && role > 0 ? field.substring(0, role + 1) + name : null;
    }

    private static List<String> countries(TrackedChange tracked) {
        List<String> countries = new ArrayList<>();
        for (Hosting place : tracked.getHosting()) {
            if (place.getCountry() != null) {
                countries.add(place.getCountry());
            }
        }
        return countries;
    }
}
