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
import io.modelwatch.schemas.avro.ProcurementType;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.TrackedChange;
import io.modelwatch.schemas.avro.Verdict;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The rules of the design's "The verdict, exactly": a pure function of a deployment's provenance changes, the procurement
 * events and the time. The order in which facts arrived has no part in it.
 */
public final class Judge {

    /** By time of effect, then by id: the order in which changes follow one another. */
    public static final Comparator<TrackedChange> ORDER = Comparator.comparing(
                    (TrackedChange tracked) -> tracked.getChange().getEffectiveAt())
            .thenComparing(tracked -> tracked.getChange().getId());

    private static final String MODELS = "models.";
    private static final String HOSTING = "hosting";

    private final DriftState state;
    private final Collection<Disclosure> disclosures;
    private final List<ProcurementEvent> events;
    private final List<ProcurementEvent> revocations;
    private final Instant now;
    private final List<TrackedChange> ordered;

    private Judge(DriftState state, Collection<ProcurementEvent> all, Collection<Disclosure> disclosures, Instant now) {
        this.state = state;
        this.disclosures = disclosures;
        this.now = now;
        // A late change moves no state and raises nothing: it neither ends another change nor is judged.
        this.ordered = state.getChanges().stream()
                .filter(tracked -> !tracked.getChange().getLate())
                .sorted(ORDER)
                .toList();
        this.revocations = all.stream()
                .filter(event -> event.getType() == ProcurementType.REVOCATION)
                .toList();
        this.events = all.stream()
                // A type that a newer writer knows and we do not must not approve anything.
                .filter(event ->
                        event.getType() != ProcurementType.REVOCATION && event.getType() != ProcurementType.UNKNOWN)
                .sorted(Comparator.comparing(ProcurementEvent::getId))
                .toList();
    }

    /**
     * Judges every change of a deployment.
     *
     * @param events every procurement event that may concern it, revocations among them
     * @param disclosures every disclosure of its vendor
     */
    public static List<Judgement> judge(
            DriftState state, Collection<ProcurementEvent> events, Collection<Disclosure> disclosures, Instant now) {
        Judge judge = new Judge(state, events, disclosures, now);
        return judge.ordered.stream().map(judge::judge).toList();
    }

    /**
     * Returns the next time after {@code now} at which time alone may change a verdict: the bounds of the events that
     * select a change and of their revocations. Empty where only a new fact can change anything.
     */
    public static Optional<Instant> nextBoundary(DriftState state, Collection<ProcurementEvent> events, Instant now) {
        Judge judge = new Judge(state, events, List.of(), now);
        return judge.events.stream()
                .filter(event -> judge.ordered.stream().anyMatch(tracked -> judge.selects(event, tracked)))
                .flatMap(judge::boundaries)
                .filter(bound -> bound.isAfter(now))
                .min(Comparator.naturalOrder());
    }

    private Stream<Instant> boundaries(ProcurementEvent event) {
        Stream<Instant> revoked = revocations.stream()
                .filter(revocation -> event.getId().equals(revocation.getRevokes()))
                .map(Judge::validFrom);
        if (event.getType() == ProcurementType.CHANGE_TICKET) {
            // It covers the act: its own bounds are held against the time of the act, which stands still.
            return revoked;
        }
        Instant validTo = event.getValidTo();
        Stream<Instant> own = validTo == null ? Stream.of(validFrom(event)) : Stream.of(validFrom(event), validTo);
        return Stream.concat(own, revoked);
    }

    private Judgement judge(TrackedChange tracked) {
        Optional<TrackedChange> next = successor(tracked);
        boolean reverted = next.isPresent()
                && next.get().getChange().getField().equals(tracked.getChange().getField())
                && Objects.equals(
                        next.get().getChange().getAfter(), tracked.getChange().getBefore());
        List<ProcurementEvent> selecting =
                events.stream().filter(event -> selects(event, tracked)).toList();
        List<ProcurementEvent> permitting = selecting.stream()
                .filter(event -> refusal(event, tracked) == null)
                .toList();
        Verdict verdict = Verdict.UNAPPROVED;
        ProcurementEvent by = null;
        for (ProcurementEvent event : permitting) {
            Verdict one = verdict(event, tracked);
            if (rank(one) < rank(verdict)) {
                verdict = one;
                by = event;
            }
        }
        ProcurementEvent nearest = null;
        String whyNot = null;
        if (rank(verdict) > rank(Verdict.APPROVED_LATE) && !selecting.isEmpty()) {
            nearest = by != null ? by : permitting.isEmpty() ? selecting.getFirst() : permitting.getFirst();
            whyNot = whyNot(nearest, tracked, verdict);
        }
        return new Judgement(
                tracked,
                verdict,
                isDisclosed(tracked),
                end(tracked).isEmpty(),
                reverted,
                by == null ? null : by.getId(),
                nearest == null ? null : nearest.getId(),
                whyNot);
    }

    /**
     * Had the vendor announced what comes in when it took effect? For an {@code id} the model, for a revision the model
     * with that revision, for hosting every country. Nothing else of a deployment is announced by its vendor.
     */
    private boolean isDisclosed(TrackedChange tracked) {
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

    private static List<String> countries(TrackedChange tracked) {
        List<String> countries = new ArrayList<>();
        for (Hosting place : tracked.getHosting()) {
            if (place.getCountry() != null) {
                countries.add(place.getCountry());
            }
        }
        return countries;
    }

    /** The later change that took the place of one: of the same field, or of the id of its component. */
    private Optional<TrackedChange> successor(TrackedChange tracked) {
        String field = tracked.getChange().getField();
        String id = ofComponent(field, "id");
        return ordered.stream()
                .filter(other -> ORDER.compare(other, tracked) > 0)
                .filter(other -> other.getChange().getField().equals(field)
                        || (id != null && other.getChange().getField().equals(id)))
                .findFirst();
    }

    /** When the state that a change left behind ended: empty while it is live. */
    private Optional<Instant> end(TrackedChange tracked) {
        return Stream.concat(
                        successor(tracked).map(next -> next.getChange().getEffectiveAt()).stream(),
                        Stream.ofNullable(tracked.getEndedAt()))
                .min(Comparator.naturalOrder());
    }

    /** Returns the path of a field of the component that a change is of; null where it is of none. */
    private static @Nullable String ofComponent(String field, String name) {
        // A role holds no dot, what follows it may: models.primary.attributes.context_length.
        int role = field.indexOf('.', MODELS.length());
        return field.startsWith(MODELS) && role > 0 ? field.substring(0, role + 1) + name : null;
    }

    private boolean selects(ProcurementEvent event, TrackedChange tracked) {
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
    private @Nullable String refusal(ProcurementEvent event, TrackedChange tracked) {
        Allows allows = event.getAllows();
        ProvenanceChange change = tracked.getChange();
        String kind = change.getKind().name().toLowerCase(Locale.ROOT);
        if (allows.getChanges() != null && !allows.getChanges().contains(kind)) {
            return "it does not allow changes of kind " + kind;
        }
        if (change.getKind() == ChangeKind.COMPONENT_REMOVED || change.getKind() == ChangeKind.REMOVED) {
            return null;
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

    /** The verdict that one event, which selects and permits a change, gives it. */
    private Verdict verdict(ProcurementEvent event, TrackedChange tracked) {
        Instant effective = tracked.getChange().getEffectiveAt();
        boolean ticket = event.getType() == ProcurementType.CHANGE_TICKET;
        boolean revoked = revokedBy(event, now);
        boolean covers = ticket ? inForce(event, effective) && !revoked : within(event, now) && !revoked;
        boolean exhausted = event.getOnce() && !isFirstUse(event, tracked);
        if (covers && !exhausted) {
            boolean inTime =
                    !event.getIssuedAt().isAfter(effective) && !validFrom(event).isAfter(effective);
            return inTime ? Verdict.APPROVED : Verdict.APPROVED_LATE;
        }
        if (revoked) {
            return Verdict.REVOKED;
        }
        Instant held = ticket ? effective : now;
        if (event.getValidTo() != null && !held.isBefore(event.getValidTo())) {
            return Verdict.EXPIRED;
        }
        return exhausted && covers ? Verdict.EXHAUSTED : Verdict.UNAPPROVED;
    }

    /** A one-time event covers the earliest change that it selects, permits and was in force for. */
    private boolean isFirstUse(ProcurementEvent event, TrackedChange tracked) {
        return ordered.stream()
                .filter(other -> selects(event, other) && refusal(event, other) == null)
                .filter(other -> wasInForceFor(event, other))
                .findFirst()
                .map(first ->
                        first.getChange().getId().equals(tracked.getChange().getId()))
                .orElse(false);
    }

    /**
     * A ticket is in force for an act at its time. Anything else is in force for a state if both lasted at one moment
     * up to now; so a late approval is used by the state that it found, not by one that was gone before it came, and
     * a later change does not take the use away again.
     */
    private boolean wasInForceFor(ProcurementEvent event, TrackedChange tracked) {
        Instant from = tracked.getChange().getEffectiveAt();
        if (event.getType() == ProcurementType.CHANGE_TICKET) {
            return inForce(event, from);
        }
        Instant start = validFrom(event).isAfter(from) ? validFrom(event) : from;
        boolean lasted = end(tracked)
                .filter(end -> !end.isAfter(now))
                .map(start::isBefore)
                .orElse(!start.isAfter(now));
        return lasted && inForce(event, start);
    }

    private boolean inForce(ProcurementEvent event, Instant at) {
        return within(event, at) && !revokedBy(event, at);
    }

    private static boolean within(ProcurementEvent event, Instant at) {
        return !validFrom(event).isAfter(at) && (event.getValidTo() == null || at.isBefore(event.getValidTo()));
    }

    private boolean revokedBy(ProcurementEvent event, Instant at) {
        return revocations.stream()
                .anyMatch(revocation -> event.getId().equals(revocation.getRevokes())
                        && !validFrom(revocation).isAfter(at));
    }

    /** Returns the time from which an event is in force: {@code issuedAt} where it names none. */
    public static Instant validFrom(ProcurementEvent event) {
        return event.getValidFrom() == null ? event.getIssuedAt() : event.getValidFrom();
    }

    private String whyNot(ProcurementEvent event, TrackedChange tracked, Verdict verdict) {
        String refusal = refusal(event, tracked);
        if (refusal != null) {
            return refusal;
        }
        return switch (verdict) {
            case REVOKED -> "it was revoked";
            case EXPIRED -> "it expired at " + event.getValidTo();
            case EXHAUSTED -> "it allows one change only, and an earlier one used it";
            default -> "it is in force from " + validFrom(event) + " only";
        };
    }

    private static int rank(Verdict verdict) {
        return switch (verdict) {
            case APPROVED -> 0;
            case APPROVED_LATE -> 1;
            case REVOKED -> 2;
            case EXPIRED -> 3;
            case EXHAUSTED -> 4;
            case UNAPPROVED, UNKNOWN -> 5;
        };
    }
}
