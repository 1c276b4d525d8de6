package io.modelwatch.streams.telemetry;

import io.modelwatch.schemas.CloudEvents;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.PathHeader;
import io.modelwatch.schemas.ReservedSources;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ObservationKind;
import io.modelwatch.schemas.avro.Tick;
import io.modelwatch.schemas.avro.Traffic;
import io.modelwatch.schemas.avro.TrafficDeployment;
import io.modelwatch.schemas.avro.TrafficRoute;
import io.modelwatch.streams.telemetry.Sightings.Found;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

/** Notes what was seen of each route, lets go of what the window has left behind, and tells what differs then. */
@NullUnmarked // init() sets the fields before any record comes.
final class TelemetryProcessor implements Processor<String, SpecificRecord, String, Observation> {

    private static final char SEPARATOR = '\0';
    private static final char AFTER = '\1';
    private static final String NOW = "now";

    private final TelemetryWindow window;
    private final LongSupplier wallClock;

    private ProcessorContext<String, Observation> context;
    private KeyValueStore<String, TrafficRoute> routes;
    private KeyValueStore<String, TrafficDeployment> deployments;
    private KeyValueStore<String, Long> clock;
    /** When what is past was last looked for; the flood must not ask a store for it. */
    private @Nullable Instant looked;

    /** @param wallClock epoch milliseconds, for {@link PathHeader} only */
    TelemetryProcessor(TelemetryWindow window, LongSupplier wallClock) {
        this.window = window;
        this.wallClock = wallClock;
    }

    @Override
    public void init(ProcessorContext<String, Observation> context) {
        this.context = context;
        this.routes = context.getStateStore(TelemetryTopology.ROUTES);
        this.deployments = context.getStateStore(TelemetryTopology.DEPLOYMENTS);
        this.clock = context.getStateStore(TelemetryTopology.CLOCK);
        Long noted = clock.get(NOW);
        this.looked = noted == null ? null : Instant.ofEpochMilli(noted);
    }

    @Override
    public void process(Record<String, SpecificRecord> record) {
        switch (record.value()) {
            case Traffic traffic -> seen(traffic, record);
            case Tick tick -> tick(tick.getAt(), record);
            case null -> {}
            default ->
                throw new SerializationException(
                        "not a message of this topology: " + record.value().getClass());
        }
    }

    private void seen(Traffic traffic, Record<String, SpecificRecord> record) {
        if (looked != null && traffic.getLastAt().isBefore(looked.minus(window.length()))) {
            // The window is past it: it would go again at once.
            return;
        }
        String name = traffic.getDeployment();
        String key = key(traffic);
        TrafficRoute route = routes.get(key);
        if (route == null) {
            TrafficDeployment deployment = deployment(name);
            if (deployment.getRoutes() >= window.maxRoutes()) {
                truncated(name, deployment, traffic, record);
                return;
            }
            deployment.setRoutes(deployment.getRoutes() + 1);
            deployments.put(name, deployment);
            route = Sightings.first(traffic);
            Sightings.note(route, traffic, window.grain());
            routes.put(key, route);
            tell(name, traffic.getFirstAt(), traffic, record);
            return;
        }
        Found found = Sightings.note(route, traffic, window.grain());
        if (found != Found.NOTHING) {
            routes.put(key, route);
        }
        if (found == Found.TOO_MUCH) {
            truncated(name, deployment(name), traffic, record);
        } else if (found == Found.NEWS) {
            tell(name, traffic.getFirstAt(), traffic, record);
        }
    }

    private void truncated(
            String name, TrafficDeployment deployment, Traffic traffic, Record<String, SpecificRecord> record) {
        Instant before = deployment.getTruncatedAt();
        if (before == null || !traffic.getLastAt().isBefore(before.plus(window.grain()))) {
            deployment.setTruncatedAt(traffic.getLastAt());
            deployments.put(name, deployment);
            tell(name, traffic.getLastAt(), traffic, record);
        }
    }

    /** Looks for what is past once a grain: each look passes over every route. */
    private void tick(Instant at, Record<String, SpecificRecord> record) {
        if (looked != null && at.isBefore(looked.plus(window.grain()))) {
            return;
        }
        looked = at;
        clock.put(NOW, at.toEpochMilli());
        Instant before = at.minus(window.length());
        Set<String> changed = new TreeSet<>();
        List<String> gone = new ArrayList<>();
        try (KeyValueIterator<String, TrafficRoute> all = routes.all()) {
            while (all.hasNext()) {
                KeyValue<String, TrafficRoute> one = all.next();
                String name = one.key.substring(0, one.key.indexOf(SEPARATOR));
                if (one.value.getLastAt().isBefore(before)) {
                    gone.add(one.key);
                    changed.add(name);
                } else if (Sightings.expire(one.value, before)) {
                    routes.put(one.key, one.value);
                    changed.add(name);
                }
            }
        }
        for (String key : gone) {
            routes.delete(key);
            TrafficDeployment deployment = deployment(key.substring(0, key.indexOf(SEPARATOR)));
            deployment.setRoutes(deployment.getRoutes() - 1);
            deployments.put(key.substring(0, key.indexOf(SEPARATOR)), deployment);
        }
        List<String> ended = new ArrayList<>();
        try (KeyValueIterator<String, TrafficDeployment> all = deployments.all()) {
            while (all.hasNext()) {
                KeyValue<String, TrafficDeployment> one = all.next();
                TrafficDeployment deployment = one.value;
                if (deployment.getTruncatedAt() != null
                        && deployment.getTruncatedAt().isBefore(before)) {
                    deployment.setTruncatedAt(null);
                    deployments.put(one.key, deployment);
                    changed.add(one.key);
                }
                if (deployment.getRoutes() == 0
                        && deployment.getSaidAt() != null
                        && deployment.getSaidAt().isBefore(before)) {
                    ended.add(one.key);
                }
            }
        }
        changed.forEach(name -> tell(name, at, null, record));
        ended.forEach(deployments::delete);
    }

    /** Says what the routes of a deployment come to, if that differs from what was last said. */
    private void tell(String name, Instant time, @Nullable Traffic because, Record<String, SpecificRecord> record) {
        TrafficDeployment deployment = deployment(name);
        List<TrafficRoute> all = new ArrayList<>();
        try (KeyValueIterator<String, TrafficRoute> own = routes.range(name + SEPARATOR, name + AFTER)) {
            own.forEachRemaining(one -> all.add(one.value));
        }
        DeploymentFacts facts = TrafficFacts.of(name, all, deployment.getTruncatedAt() != null);
        String digest = Ids.factsDigest(facts);
        if (digest.equals(deployment.getFactsDigest())) {
            return;
        }
        Instant said = deployment.getSaidAt();
        // Spans come late and out of order; what is said later must not look older.
        Instant at = said == null || time.isAfter(said) ? time : said.plusMillis(1);
        deployment.setFactsDigest(digest);
        deployment.setSaidAt(at);
        deployments.put(name, deployment);
        Observation observation = Observation.newBuilder()
                .setId(Ids.observation(ReservedSources.TELEMETRY, null, name, at, digest))
                .setKind(ObservationKind.DEPLOYMENT)
                .setSource(ReservedSources.TELEMETRY)
                .setSubject(name)
                .setObservedAt(at)
                .setFactsDigest(digest)
                .setConfidence(Confidence.OBSERVED)
                .setDeployment(facts)
                .setEvidence(Evidence.newBuilder()
                        .setMethod("spans")
                        .setBasis(basis(because))
                        .build())
                .build();
        Headers headers = new RecordHeaders(record.headers().toArray());
        PathHeader.stamp(headers, TelemetryTopology.NAME, wallClock.getAsLong());
        CloudEvents.set(headers, Topics.OBSERVATIONS, observation.getId(), "modelwatch/telemetry", name, at);
        context.forward(new Record<>(name, observation, record.timestamp(), headers), TelemetryTopology.OBSERVATIONS);
    }

    /** What moved it, in words: names only, each bounded at intake. */
    private String basis(@Nullable Traffic because) {
        if (because == null) {
            return "not seen for " + window.length();
        }
        String asked = Objects.requireNonNullElse(because.getRequested(), "a model without a name");
        String provider = because.getProvider() == null ? "" : " at " + because.getProvider();
        String answered = because.getServed() == null
                ? ", the answer names no model"
                : ", answered by " + because.getServed() + " (rule " + because.getServedRule() + ")";
        return asked + provider + " (rule " + because.getModelRule() + ")" + answered
                + (because.getFallback() ? " in the stead of another route" : "");
    }

    private TrafficDeployment deployment(String name) {
        TrafficDeployment known = deployments.get(name);
        return known == null ? TrafficDeployment.newBuilder().build() : known;
    }

    private static String key(Traffic traffic) {
        String asked = traffic.getRequested() == null
                ? SEPARATOR + Objects.requireNonNullElse(traffic.getServed(), "")
                : traffic.getRequested();
        String key = traffic.getDeployment()
                + SEPARATOR
                + Objects.requireNonNullElse(traffic.getProvider(), "")
                + SEPARATOR
                + asked;
        if (traffic.getDeployment().indexOf(SEPARATOR) >= 0) {
            throw new SerializationException("a zero character in a deployment's name");
        }
        return key;
    }
}
