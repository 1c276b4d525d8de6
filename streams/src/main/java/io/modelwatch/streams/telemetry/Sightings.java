package io.modelwatch.streams.telemetry;

import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.ServedName;
import io.modelwatch.schemas.avro.ServedPlace;
import io.modelwatch.schemas.avro.Sighting;
import io.modelwatch.schemas.avro.Traffic;
import io.modelwatch.schemas.avro.TrafficRoute;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;

/** What was seen on one route within the window: pure functions over its record. */
final class Sightings {

    /** Names that answer on one route; a name of its own for each request would be a flood of changes. */
    static final int MAX_SERVED = 8;

    static final int MAX_PLACES = 16;
    static final int MAX_OPERATIONS = 16;
    /** gpt-4.1-nano had 43 in a year of recordings. */
    static final int MAX_FINGERPRINTS = 64;

    private Sightings() {}

    /** What a look at a route found, from least to most. */
    enum Found {
        /** All as it was. */
        NOTHING,
        /** Times to be written down. */
        TIMES,
        /** Something that was not there, and no room for it. */
        TOO_MUCH,
        /** Something that was not there. */
        NEWS;

        private Found and(Found other) {
            return compareTo(other) >= 0 ? this : other;
        }
    }

    /** Returns a route at its first sight. */
    static TrafficRoute first(Traffic seen) {
        return TrafficRoute.newBuilder()
                .setProvider(seen.getProvider())
                .setRequested(seen.getRequested())
                .setModel(seen.getModel())
                .setModelRule(seen.getModelRule())
                .setLastAt(seen.getLastAt())
                .build();
    }

    /**
     * Notes in a route what was seen of it.
     *
     * @param grain how much later a sight must be than the noted one to be written down
     */
    static Found note(TrafficRoute route, Traffic seen, Duration grain) {
        Instant at = seen.getLastAt();
        Found found = Found.NOTHING;
        if (later(at, route.getLastAt(), grain)) {
            route.setLastAt(at);
            found = Found.TIMES;
        }
        if (!route.getModel().equals(seen.getModel()) || !route.getModelRule().equals(seen.getModelRule())) {
            // The tables of names are others than before.
            route.setModel(seen.getModel());
            route.setModelRule(seen.getModelRule());
            found = Found.NEWS;
        }
        found = found.and(served(route, seen, grain)).and(place(route, seen, grain));
        if (seen.getOperation() != null) {
            boolean known =
                    route.getOperations().stream().anyMatch(one -> one.getText().equals(seen.getOperation()));
            if (known || route.getOperations().size() < MAX_OPERATIONS) {
                found = found.and(text(route.getOperations(), seen.getOperation(), at, grain));
            }
        }
        for (String fingerprint : seen.getFingerprints()) {
            // A fingerprint alone is no news: vendors alternate between several within seconds.
            if (text(route.getFingerprints(), fingerprint, at, grain) != Found.NOTHING) {
                found = found.and(Found.TIMES);
            }
        }
        if (route.getFingerprints().size() > MAX_FINGERPRINTS) {
            route.setFingerprints(new ArrayList<>(route.getFingerprints().stream()
                    .sorted(Comparator.comparing(Sighting::getLastAt).reversed())
                    .limit(MAX_FINGERPRINTS)
                    .toList()));
        }
        return found;
    }

    /**
     * Takes out of a route what was last seen before a time.
     *
     * @return whether anything that is told of the route differs then
     */
    static boolean expire(TrafficRoute route, Instant before) {
        int told = told(route);
        route.setServed(since(route.getServed(), ServedName::getLastAt, before));
        route.setPlaces(since(route.getPlaces(), ServedPlace::getLastAt, before));
        route.setOperations(since(route.getOperations(), Sighting::getLastAt, before));
        route.setFingerprints(since(route.getFingerprints(), Sighting::getLastAt, before));
        return backends(route) || told(route) < told;
    }

    private static int told(TrafficRoute route) {
        return route.getServed().size()
                + route.getPlaces().size()
                + route.getOperations().size();
    }

    /** Avro's own lists take nothing out. */
    private static <T> List<T> since(List<T> all, Function<T, Instant> time, Instant before) {
        return new ArrayList<>(
                all.stream().filter(one -> !time.apply(one).isBefore(before)).toList());
    }

    /** Another set of backends is told when none of those told is left in the window: alternating ones never are. */
    private static boolean backends(TrafficRoute route) {
        List<String> now =
                route.getFingerprints().stream().map(Sighting::getText).sorted().toList();
        if (now.isEmpty() || now.stream().anyMatch(route.getBackends()::contains)) {
            return false;
        }
        route.setBackends(new ArrayList<>(now));
        return true;
    }

    private static Found served(TrafficRoute route, Traffic seen, Duration grain) {
        String name = seen.getServed();
        String model = seen.getServedModel();
        if (name == null || model == null) {
            return Found.NOTHING;
        }
        String rule = Objects.requireNonNullElse(seen.getServedRule(), "");
        for (ServedName one : route.getServed()) {
            if (one.getName().equals(name)) {
                Found found = Found.NOTHING;
                if (later(seen.getLastAt(), one.getLastAt(), grain)) {
                    one.setLastAt(seen.getLastAt());
                    found = Found.TIMES;
                }
                if (!one.getModel().equals(model)
                        || !one.getRule().equals(rule)
                        || (seen.getFallback() && !one.getFallback())) {
                    one.setModel(model);
                    one.setRule(rule);
                    one.setFallback(one.getFallback() || seen.getFallback());
                    found = Found.NEWS;
                }
                return found;
            }
        }
        if (route.getServed().size() >= MAX_SERVED) {
            return Found.TOO_MUCH;
        }
        route.getServed()
                .add(ServedName.newBuilder()
                        .setName(name)
                        .setModel(model)
                        .setRule(rule)
                        .setFallback(seen.getFallback())
                        .setFirstAt(seen.getFirstAt())
                        .setLastAt(seen.getLastAt())
                        .build());
        return Found.NEWS;
    }

    private static Found place(TrafficRoute route, Traffic seen, Duration grain) {
        Hosting place = seen.getPlace();
        if (place == null) {
            return Found.NOTHING;
        }
        for (ServedPlace one : route.getPlaces()) {
            if (one.getPlace().equals(place)) {
                if (later(seen.getLastAt(), one.getLastAt(), grain)) {
                    one.setLastAt(seen.getLastAt());
                    return Found.TIMES;
                }
                return Found.NOTHING;
            }
        }
        if (route.getPlaces().size() >= MAX_PLACES) {
            return Found.TOO_MUCH;
        }
        route.getPlaces().add(new ServedPlace(place, seen.getFirstAt(), seen.getLastAt()));
        return Found.NEWS;
    }

    private static Found text(List<Sighting> known, String text, Instant at, Duration grain) {
        for (Sighting one : known) {
            if (one.getText().equals(text)) {
                if (later(at, one.getLastAt(), grain)) {
                    one.setLastAt(at);
                    return Found.TIMES;
                }
                return Found.NOTHING;
            }
        }
        known.add(new Sighting(text, at, at));
        return Found.NEWS;
    }

    private static boolean later(Instant at, Instant noted, Duration grain) {
        return !at.isBefore(noted.plus(grain));
    }

    /** Returns every name that once answered in the stead of another route, with what was asked for. */
    static Stream<String> fallbacks(TrafficRoute route) {
        return route.getServed().stream()
                .filter(ServedName::getFallback)
                .map(one -> Objects.requireNonNullElse(route.getRequested(), "?") + " -> " + one.getName());
    }
}
