package io.modelwatch.history.bitemporal;

import io.modelwatch.history.bitemporal.GeneratedFacts.Told;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.Claim;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.ProvenanceChange;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What ran at a moment by what was known at another, worked out anew for each question from the facts themselves: one
 * plain map of times a field, no database, no superseded rows, none of the code under test.
 */
final class PlainReplay {

    private static final String PRESENT = "present";

    private final List<Told> told;

    /** Of one moment, revisions count before late facts, and those by their id. */
    PlainReplay(List<Told> told) {
        this.told = new ArrayList<>(told);
        this.told.sort(Comparator.comparing(Told::arrived).thenComparing(PlainReplay::place));
    }

    private static String place(Told one) {
        return one.value() instanceof Mbom mbom
                ? "0 %09d".formatted(mbom.getRevision())
                : "1 " + ((Change) one.value()).getId();
    }

    /** Returns {@code deployment|role|model|vendor|hosting} of every component. */
    Set<String> fleet(Instant at, Instant knownAt) {
        Map<String, Map<String, NavigableMap<Instant, String>>> deployments = new HashMap<>();
        Map<String, Instant> known = new HashMap<>();
        for (Told one : told) {
            Instant said = one.value() instanceof Mbom mbom ? mbom.getAt() : ((Change) one.value()).getObservedAt();
            Instant when = known.merge(one.deployment(), said, (a, b) -> a.isAfter(b) ? a : b);
            if (!when.isAfter(knownAt)) {
                Map<String, NavigableMap<Instant, String>> fields =
                        deployments.computeIfAbsent(one.deployment(), d -> new HashMap<>());
                if (one.value() instanceof Mbom mbom) {
                    revise(fields, mbom);
                } else {
                    correct(fields, (Change) one.value(), when);
                }
            }
        }
        Set<String> fleet = new TreeSet<>();
        deployments.forEach((name, fields) -> fields.forEach((field, times) -> {
            String model = valueAt(times, at);
            if (field.startsWith("models.") && model != null) {
                boolean present = valueAt(fields.get(PRESENT), at) != null;
                fleet.add(name + "|" + field.split("\\.")[1] + "|" + unquoted(model) + "|"
                        + (present ? unquoted(valueAt(fields.get("vendor"), at)) : null) + "|"
                        + (present ? valueAt(fields.get("hosting"), at) : null));
            }
        }));
        return fleet;
    }

    private static void revise(Map<String, NavigableMap<Instant, String>> fields, Mbom mbom) {
        Map<String, Instant> times = new HashMap<>();
        for (ProvenanceChange change : mbom.getChanges()) {
            times.put(change.getField(), change.getEffectiveAt());
        }
        Map<String, String> values = new HashMap<>();
        for (Claim claim : mbom.getClaims()) {
            values.put(claim.getField(), claim.getValue());
        }
        if (!mbom.getRemoved()) {
            values.put(PRESENT, "true");
        }
        Instant otherwise = mbom.getEffectiveAt() == null ? mbom.getAt() : mbom.getEffectiveAt();
        Set<String> names = new HashSet<>(fields.keySet());
        names.addAll(values.keySet());
        for (String name : names) {
            NavigableMap<Instant, String> field = fields.computeIfAbsent(name, n -> new TreeMap<>());
            String newest = field.isEmpty() ? null : field.lastEntry().getValue();
            if (!Objects.equals(newest, values.get(name))) {
                Instant from = times.getOrDefault(name, otherwise);
                field.tailMap(from, true).clear();
                field.put(from, values.get(name));
            }
        }
    }

    private static void correct(Map<String, NavigableMap<Instant, String>> fields, Change late, Instant known) {
        Instant from = late.getEffectiveAt();
        Instant until = known;
        for (Map.Entry<String, NavigableMap<Instant, String>> field : fields.entrySet()) {
            String here = valueAt(field.getValue(), from);
            for (Map.Entry<Instant, String> later :
                    field.getValue().tailMap(from, false).entrySet()) {
                if (!field.getKey().equals(PRESENT) && !Objects.equals(later.getValue(), here)) {
                    until = later.getKey().isBefore(until) ? later.getKey() : until;
                    break;
                }
            }
        }
        if (from.isBefore(until)) {
            NavigableMap<Instant, String> field = fields.computeIfAbsent(late.getField(), f -> new TreeMap<>());
            String after = valueAt(field, until);
            field.subMap(from, true, until, false).clear();
            field.put(from, late.getAfter());
            field.put(until, after);
        }
    }

    private static String valueAt(NavigableMap<Instant, String> times, Instant at) {
        Map.Entry<Instant, String> entry = times == null ? null : times.floorEntry(at);
        return entry == null ? null : entry.getValue();
    }

    private static String unquoted(String json) {
        return json == null ? null : json.substring(1, json.length() - 1);
    }
}
