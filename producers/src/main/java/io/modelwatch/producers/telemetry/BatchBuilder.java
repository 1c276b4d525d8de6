package io.modelwatch.producers.telemetry;

import io.modelwatch.producers.telemetry.RouteReader.Answer;
import io.modelwatch.producers.telemetry.RouteReader.Route;
import io.modelwatch.producers.telemetry.RouteReader.Words;
import io.modelwatch.schemas.avro.Traffic;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Adds spans of one export up, a record a route: a thousand spans that say the same cost as much downstream as one. */
final class BatchBuilder {

    /** Different routes in one export; a name of its own in each span would be a flood. */
    private static final int MAX_ROUTES = 1000;

    /** Fingerprints of one route in one export. */
    private static final int MAX_FINGERPRINTS = 16;

    /** How far the clock of a sender may be ahead. */
    private static final Duration SKEW = Duration.ofMinutes(5);

    private static final class Sum {
        private final SortedSet<String> fingerprints = new TreeSet<>();
        private final Instant[] bounds;
        private long spans;

        Sum(Instant at) {
            this.bounds = new Instant[] {at, at};
        }
    }

    private final Instant now;
    private final Map<Route, Sum> sums = new LinkedHashMap<>();
    private final Map<Words, Answer> meanings = new HashMap<>();
    private long rejected;
    private @Nullable String reason;

    BatchBuilder(InstantSource clock) {
        // Records carry milliseconds.
        this.now = Instant.ofEpochMilli(clock.millis());
    }

    /** Returns what words mean, looked up once an export: names are parsed and tables are searched for it. */
    Answer meaning(Words words, Function<Words, Answer> lookup) {
        return meanings.computeIfAbsent(words, lookup);
    }

    void reject(String why) {
        rejected++;
        if (reason == null) {
            reason = why;
        }
    }

    /** @param at when the span ended, or null for now */
    void add(Route route, @Nullable String fingerprint, @Nullable Instant at) {
        Instant time = at == null ? now : at;
        if (time.isAfter(now.plus(SKEW))) {
            reject("a span ends more than " + SKEW.toMinutes() + " minutes in the future");
            return;
        }
        if (time.isAfter(now)) {
            time = now;
        }
        Sum sum = sums.get(route);
        if (sum == null) {
            if (sums.size() == MAX_ROUTES) {
                reject("more than " + MAX_ROUTES + " different routes in one export");
                return;
            }
            sum = new Sum(time);
            sums.put(route, sum);
        }
        sum.spans++;
        if (time.isBefore(sum.bounds[0])) {
            sum.bounds[0] = time;
        }
        if (time.isAfter(sum.bounds[1])) {
            sum.bounds[1] = time;
        }
        if (fingerprint != null && sum.fingerprints.size() < MAX_FINGERPRINTS) {
            sum.fingerprints.add(fingerprint);
        }
    }

    SpanBatch build() {
        List<Traffic> traffic = new ArrayList<>();
        sums.forEach((route, sum) -> traffic.add(Traffic.newBuilder()
                .setDeployment(route.deployment())
                .setProvider(route.provider())
                .setRequested(route.requested())
                .setModel(route.model().model())
                .setModelRule(route.model().rule().title())
                .setServed(route.served())
                .setServedModel(
                        route.servedModel() == null ? null : route.servedModel().model())
                .setServedRule(
                        route.servedModel() == null
                                ? null
                                : route.servedModel().rule().title())
                .setOperation(route.operation())
                .setPlace(route.place())
                .setFallback(route.fallback())
                .setFingerprints(List.copyOf(sum.fingerprints))
                .setSpans(sum.spans)
                .setFirstAt(sum.bounds[0])
                .setLastAt(sum.bounds[1])
                .build()));
        return new SpanBatch(traffic, rejected, reason);
    }
}
