package io.modelwatch.alerts.verdict;

import io.modelwatch.schemas.avro.Disclosure;
import io.modelwatch.schemas.avro.DriftState;
import io.modelwatch.schemas.avro.OneTimeUse;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.ProcurementRef;
import io.modelwatch.schemas.avro.ProcurementType;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.TrackedChange;
import io.modelwatch.schemas.avro.Verdict;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
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

    /** By time of effect of the change, then by its id. */
    public static final Comparator<OneTimeUse> FIRST_USE =
            Comparator.comparing(OneTimeUse::getEffectiveAt).thenComparing(OneTimeUse::getChange);

    private final DriftState state;
    private final Terms terms;
    private final Collection<Disclosure> disclosures;
    private final List<ProcurementEvent> events;
    private final Map<String, List<ProcurementEvent>> revocations = new HashMap<>();
    private final Instant now;
    private final List<Case> ordered;
    private final Map<String, String> usedBy = new HashMap<>();

    /** A change with what came after it and the events that it is held against. */
    private static final class Case {
        private final TrackedChange tracked;
        private final @Nullable TrackedChange successor;
        private List<ProcurementEvent> selecting = List.of();
        private List<ProcurementEvent> permitting = List.of();

        Case(TrackedChange tracked, @Nullable TrackedChange successor) {
            this.tracked = tracked;
            this.successor = successor;
        }

        String id() {
            return tracked.getChange().getId();
        }

        /** When the state that the change left behind ended: null while it is live. */
        @Nullable
        Instant end() {
            Instant gone = tracked.getEndedAt();
            Instant next = successor == null ? null : successor.getChange().getEffectiveAt();
            return next == null || (gone != null && gone.isBefore(next)) ? gone : next;
        }
    }

    private Judge(DriftState state, Collection<ProcurementEvent> all, Collection<Disclosure> disclosures, Instant now) {
        this.state = state;
        this.terms = new Terms(state);
        this.disclosures = disclosures;
        this.now = now;
        List<ProcurementEvent> judging = new ArrayList<>();
        for (ProcurementEvent event : all) {
            switch (event.getType()) {
                case REVOCATION ->
                    revocations
                            .computeIfAbsent(String.valueOf(event.getRevokes()), id -> new ArrayList<>())
                            .add(event);
                case UNKNOWN -> {
                    // A type that a newer writer knows and we do not must not approve anything.
                }
                default -> judging.add(event);
            }
        }
        judging.sort(Comparator.comparing(ProcurementEvent::getId));
        this.events = judging;
        this.ordered = cases(state.getChanges());
    }

    /**
     * Looks at the changes of a deployment.
     *
     * @param state its changes: all of them, or those that are not over with the one-time events that the others used up
     * @param events every procurement event that may concern it, revocations among them
     * @param disclosures every disclosure of its vendor
     */
    public static Judge of(
            DriftState state, Collection<ProcurementEvent> events, Collection<Disclosure> disclosures, Instant now) {
        return new Judge(state, events, disclosures, now);
    }

    /** Returns the judgement of each change, in their order. */
    public List<Judgement> judgements() {
        return ordered.stream().map(this::judge).toList();
    }

    /**
     * Returns the next time at which time alone may change the verdict of some changes: the bounds of the events that
     * select them and of their revocations. Empty where only a new fact can change anything.
     *
     * @param changes ids of those changes
     */
    public Optional<Instant> nextBoundary(Predicate<String> changes) {
        Set<ProcurementEvent> selecting = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Case one : ordered) {
            if (changes.test(one.id())) {
                selecting.addAll(one.selecting);
            }
        }
        return selecting.stream()
                .flatMap(this::boundaries)
                .filter(bound -> bound.isAfter(now))
                .min(Comparator.naturalOrder());
    }

    /** Returns the changes that are over: their state had ended by now, and time alone changes that no more. */
    public Set<String> over() {
        Set<String> over = new HashSet<>();
        for (Case one : ordered) {
            Instant end = one.end();
            if (end != null && !end.isAfter(now)) {
                over.add(one.id());
            }
        }
        return over;
    }

    /**
     * Returns the first of some changes that each one-time event selects, permits and was in force for.
     *
     * @param changes ids of those changes
     */
    public List<OneTimeUse> firstUses(Predicate<String> changes) {
        Map<String, OneTimeUse> uses = new LinkedHashMap<>();
        for (Case one : ordered) {
            if (changes.test(one.id())) {
                for (ProcurementEvent event : one.permitting) {
                    if (event.getOnce() && !uses.containsKey(event.getId()) && wasInForceFor(event, one)) {
                        uses.put(event.getId(), use(event, one));
                    }
                }
            }
        }
        return new ArrayList<>(uses.values());
    }

    private List<Case> cases(List<TrackedChange> changes) {
        // A late change moves no state and raises nothing: it neither ends another change nor is judged.
        List<TrackedChange> sorted = changes.stream()
                .filter(tracked -> !tracked.getChange().getLate())
                .sorted(ORDER)
                .toList();
        Map<String, Integer> nextOfField = new HashMap<>();
        Case[] cases = new Case[sorted.size()];
        for (int i = sorted.size() - 1; i >= 0; i--) {
            TrackedChange tracked = sorted.get(i);
            String field = tracked.getChange().getField();
            String id = Terms.ofComponent(field, "id");
            // The later change that took its place: of the same field, or of the id of its component.
            int next = Math.min(
                    nextOfField.getOrDefault(field, sorted.size()),
                    id == null ? sorted.size() : nextOfField.getOrDefault(id, sorted.size()));
            nextOfField.put(field, i);
            Case one = new Case(tracked, next == sorted.size() ? null : sorted.get(next));
            one.selecting = events.stream()
                    .filter(event -> terms.selects(event, tracked))
                    .toList();
            one.permitting = one.selecting.stream()
                    .filter(event -> terms.refusal(event, tracked) == null)
                    .toList();
            cases[i] = one;
        }
        return List.of(cases);
    }

    private Stream<Instant> boundaries(ProcurementEvent event) {
        Stream<Instant> revoked = revocationsOf(event).stream().map(Judge::validFrom);
        if (event.getType() == ProcurementType.CHANGE_TICKET) {
            // It covers the act: its own bounds are held against the time of the act, which stands still.
            return revoked;
        }
        Instant validTo = event.getValidTo();
        Stream<Instant> own = validTo == null ? Stream.of(validFrom(event)) : Stream.of(validFrom(event), validTo);
        return Stream.concat(own, revoked);
    }

    private Judgement judge(Case one) {
        TrackedChange tracked = one.tracked;
        ProvenanceChange change = tracked.getChange();
        boolean reverted = one.successor != null
                && one.successor.getChange().getField().equals(change.getField())
                && Objects.equals(one.successor.getChange().getAfter(), change.getBefore());
        Verdict verdict = Verdict.UNAPPROVED;
        ProcurementEvent by = null;
        for (ProcurementEvent event : one.permitting) {
            Verdict given = verdict(event, one);
            if (rank(given) < rank(verdict)) {
                verdict = given;
                by = event;
            }
        }
        ProcurementEvent nearest = null;
        String whyNot = null;
        if (rank(verdict) > rank(Verdict.APPROVED_LATE) && !one.selecting.isEmpty()) {
            nearest = by != null ? by : one.permitting.isEmpty() ? one.selecting.getFirst() : one.permitting.getFirst();
            whyNot = whyNot(nearest, tracked, verdict);
        }
        return new Judgement(
                tracked,
                verdict,
                terms.isDisclosed(tracked, disclosures),
                one.end() == null,
                reverted,
                by == null ? null : by.getId(),
                nearest == null ? null : nearest.getId(),
                whyNot,
                Stream.of(Optional.ofNullable(by), Optional.ofNullable(nearest))
                        .flatMap(Optional::stream)
                        .distinct()
                        .map(Judge::reference)
                        .toList());
    }

    private static ProcurementRef reference(ProcurementEvent event) {
        String type = event.getType().name().toLowerCase(Locale.ROOT).replace('_', '-');
        return new ProcurementRef(event.getId(), type, event.getReference());
    }

    /** The verdict that one event, which selects and permits a change, gives it. */
    private Verdict verdict(ProcurementEvent event, Case one) {
        Instant effective = one.tracked.getChange().getEffectiveAt();
        boolean ticket = event.getType() == ProcurementType.CHANGE_TICKET;
        boolean revoked = revokedBy(event, now);
        boolean covers = ticket ? inForce(event, effective) && !revoked : within(event, now) && !revoked;
        boolean exhausted = event.getOnce() && !one.id().equals(firstUse(event));
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

    /**
     * Returns the change that a one-time event covers, the earliest that it selects, permits and was in force for: one of
     * these, or one that is over and not among them. Empty where there is none.
     */
    private String firstUse(ProcurementEvent event) {
        return usedBy.computeIfAbsent(
                event.getId(),
                id -> Stream.concat(
                                state.getUses().stream()
                                        .filter(use -> use.getEvent().equals(id)),
                                ordered.stream()
                                        .filter(one -> one.permitting.contains(event) && wasInForceFor(event, one))
                                        .limit(1)
                                        .map(one -> use(event, one)))
                        .min(FIRST_USE)
                        .map(OneTimeUse::getChange)
                        .orElse(""));
    }

    private static OneTimeUse use(ProcurementEvent event, Case one) {
        return new OneTimeUse(event.getId(), one.id(), one.tracked.getChange().getEffectiveAt());
    }

    /**
     * A ticket is in force for an act at its time. Anything else is in force for a state if both lasted at one moment
     * up to now; so a late approval is used by the state that it found, not by one that was gone before it came, and
     * a later change does not take the use away again.
     */
    private boolean wasInForceFor(ProcurementEvent event, Case one) {
        Instant from = one.tracked.getChange().getEffectiveAt();
        if (event.getType() == ProcurementType.CHANGE_TICKET) {
            return inForce(event, from);
        }
        Instant start = validFrom(event).isAfter(from) ? validFrom(event) : from;
        Instant end = one.end();
        boolean lasted = end == null || end.isAfter(now) ? !start.isAfter(now) : start.isBefore(end);
        return lasted && inForce(event, start);
    }

    private boolean inForce(ProcurementEvent event, Instant at) {
        return within(event, at) && !revokedBy(event, at);
    }

    private static boolean within(ProcurementEvent event, Instant at) {
        return !validFrom(event).isAfter(at) && (event.getValidTo() == null || at.isBefore(event.getValidTo()));
    }

    private boolean revokedBy(ProcurementEvent event, Instant at) {
        return revocationsOf(event).stream()
                .anyMatch(revocation -> !validFrom(revocation).isAfter(at));
    }

    private List<ProcurementEvent> revocationsOf(ProcurementEvent event) {
        return revocations.getOrDefault(event.getId(), List.of());
    }

    /** Returns the time from which an event is in force: {@code issuedAt} where it names none. */
    public static Instant validFrom(ProcurementEvent event) {
        return event.getValidFrom() == null ? event.getIssuedAt() : event.getValidFrom();
    }

    private String whyNot(ProcurementEvent event, TrackedChange tracked, Verdict verdict) {
        String refusal = terms.refusal(event, tracked);
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
