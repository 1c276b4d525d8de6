package io.modelwatch.app.role;

import io.modelwatch.alerts.delivery.AttemptWatcher;
import io.modelwatch.alerts.delivery.Deliveries;
import io.modelwatch.app.config.ConfigException;
import io.modelwatch.app.config.HealthSettings;
import io.modelwatch.app.config.TelemetrySettings;
import io.modelwatch.app.config.TraceSettings;
import io.modelwatch.app.platform.PlatformException;
import io.modelwatch.app.platform.TopicsAdmin;
import io.modelwatch.app.trace.Traces;
import io.modelwatch.history.HistoryDatabase;
import io.modelwatch.history.HistorySink;
import io.modelwatch.history.ProcurementReview;
import io.modelwatch.history.api.HistoryApi;
import io.modelwatch.history.api.Intake;
import io.modelwatch.history.ledger.Ledger;
import io.modelwatch.history.ledger.LedgerKey;
import io.modelwatch.producers.Pollers;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.producers.receiver.AibomReceiver;
import io.modelwatch.producers.shared.PollersDatabase;
import io.modelwatch.producers.telemetry.CollectorReader;
import io.modelwatch.producers.telemetry.SpanHealth;
import io.modelwatch.producers.telemetry.TelemetryConfig;
import io.modelwatch.producers.telemetry.TrafficPublisher;
import io.modelwatch.producers.ticket.Webhook;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.ConfluentRegistry;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.SourceHealth;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The roles of an instance, running. */
public final class Instance implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(Instance.class);

    /** Stores that were lost with the machine are restored from their changelogs first. */
    private static final Duration START_LIMIT = Duration.ofMinutes(10);

    private final InstanceConfig config;
    private final InstantSource clock;
    private final AvroSerdes serdes;
    private final Metrics metrics = new Metrics();
    // Those that may change while others read them are read by the threads of the API and of the health listener.
    private final List<StreamsRunner> topologies = new CopyOnWriteArrayList<>();
    private final Deque<AutoCloseable> closeables = new ArrayDeque<>();
    private volatile @Nullable Deliveries deliveries;
    private volatile @Nullable HistorySink sink;
    private @Nullable HistoryApi api;
    private volatile @Nullable Pollers pollers;

    private volatile @Nullable CollectorReader collector;
    private @Nullable Settlement settlement;
    private @Nullable PushIntake intake;
    private @Nullable HealthServer health;
    private @Nullable Traces traces;
    private volatile boolean started;

    private volatile boolean stopping;

    private Instance(InstanceConfig config, InstantSource clock, AvroSerdes serdes) {
        this.config = config;
        this.clock = clock;
        this.serdes = serdes;
        closeables.push(metrics);
        metrics.add(this::condition);
    }

    /**
     * Starts roles and returns when all of them work.
     *
     * @param clock gives the times of observations, sweeps and ticks, and says what the future is; a replay brings its
     *     own
     * @param progress told in plain words what has come up
     * @throws RuntimeException if a role does not start; what was started is stopped again
     */
    public static Instance start(
            InstanceConfig config, Set<Role> roles, InstantSource clock, Consumer<String> progress) {
        ConfluentRegistry registry = new ConfluentRegistry(
                config.kafka().registryUrl(), config.kafka().registrySettings());
        Instance instance = new Instance(config, clock, new AvroSerdes(registry));
        try {
            instance.startTraces();
            // First of all: whoever waits for the rest can see what it is waiting for.
            instance.startHealth(progress);
            TopicsAdmin.ensure(config.kafka(), registry);
            if (roles.contains(Role.ALERTS)) {
                // Before the first alert can be raised: a new delivery begins with what is said from now on.
                instance.startDeliveries();
            }
            instance.startTopologies(roles);
            if (roles.contains(Role.HISTORY)) {
                instance.startHistory();
            }
            instance.awaitTopologies();
            if (roles.contains(Role.POLLERS)) {
                instance.startPollers(progress);
            }
            instance.started = true;
            progress.accept(
                    "roles are up: " + roles.stream().map(Role::title).sorted().collect(Collectors.joining(", ")));
            return instance;
        } catch (InterruptedException e) {
            instance.close();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while starting", e);
        } catch (RuntimeException | Error e) {
            instance.close();
            throw e;
        }
    }

    private void startTraces() {
        TraceSettings settings = config.traces();
        if (settings != null) {
            Traces traces = Traces.start(settings, config.kafka().topics(), instanceId());
            this.traces = traces;
            metrics.add(traces);
            closeables.push(traces);
        }
    }

    private void startHealth(Consumer<String> progress) {
        HealthSettings settings = config.health();
        if (settings == null) {
            return;
        }
        HealthServer server = HealthServer.start(settings, this::condition, metrics::scrape);
        health = server;
        closeables.push(server);
        String host = settings.host().contains(":") ? "[" + settings.host() + "]" : settings.host();
        progress.accept("health and metrics at http://" + host + ":" + server.port() + "/health/ready and /metrics");
    }

    private void startDeliveries() {
        try {
            Deliveries deliveries = Deliveries.start(
                    config.deliveries(),
                    config.kafka(),
                    serdes,
                    metrics.registry(),
                    instanceId(),
                    traces == null ? AttemptWatcher.NOBODY : traces.deliveries());
            this.deliveries = deliveries;
            closeables.push(deliveries);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(String.valueOf(e.getMessage()), e);
        }
    }

    private void startTopologies(Set<Role> roles) {
        for (Role role : roles) {
            for (RoleTopology topology : RoleTopology.of(role, config)) {
                StreamsRunner runner = topology.start(
                        topology.build(config, serdes), config.kafka(), config.stateDir(), config.placement(), traces);
                topologies.add(runner);
                metrics.add(runner);
                closeables.push(runner);
            }
        }
    }

    private void awaitTopologies() throws InterruptedException {
        for (StreamsRunner runner : topologies) {
            if (!runner.awaitRunning(START_LIMIT)) {
                String end = runner.end();
                if (end != null) {
                    throw new PlatformException("the topology " + runner.name() + " does not start: " + end);
                }
                throw new IllegalStateException(
                        "the topology " + runner.name() + " does not start: " + runner.state() + "; the log says why");
            }
        }
    }

    private void startHistory() {
        DataSource database = config.database();
        if (database == null) {
            throw new IllegalArgumentException("the history role needs a database");
        }
        // Names this instance among others of one role: they differ in their port, and a restart keeps it.
        String instance = config.api().host() + "-" + config.api().port();
        HistoryDatabase.migrate(database);
        LedgerKey key = ledgerKey();
        // The time of a seal is that of whoever seals: a replay's clock has nothing to do with it.
        Ledger ledger = new Ledger(key, InstantSource.system());
        HistorySink sink = HistorySink.start(
                config.kafka(),
                serdes,
                database,
                ledger,
                instance,
                metrics.alertLatency()::record,
                traces == null
                        ? HistorySink.Watcher.NOBODY
                        : traces.history(HistorySink.group(config.kafka().topics())));
        this.sink = sink;
        metrics.add(sink);
        closeables.push(sink);
        Settlement settlement = new Settlement(config.kafka(), sink, config.inference(), config.telemetry() != null);
        this.settlement = settlement;
        closeables.push(settlement);
        // Stable, so that a restart ends at once what a killed process left open.
        String id = intakeIds(config.kafka().topics()) + instance;
        Publisher publisher = new Publisher(config.kafka(), serdes, id, InstantSource.system());
        closeables.push(publisher);
        SourceHints hints = new SourceHints(config.sources(), () -> pollers);
        TelemetrySettings telemetry = config.telemetry();
        SpanIntake spans = telemetry == null
                ? null
                : new SpanIntake(telemetry.reading(), trafficPublisher(), clock, spansHeard(telemetry, id + "-spans"));
        PushIntake intake = new PushIntake(
                publisher,
                settlement,
                clock,
                new ProcurementReview(database),
                webhooks(),
                hints,
                new DeliveryCallbacks(config.deliveries()),
                receivers(),
                spans,
                traces != null);
        this.intake = intake;
        HistoryApi api = HistoryApi.start(
                config.api(), database, key, intake, new LetterBox(config.kafka()), this::troubles, metrics::scrape);
        this.api = api;
        closeables.push(api);
    }

    /** Returns the name of this data directory among the instances. */
    private String instanceId() {
        return StreamsRunner.instanceId(config.stateDir());
    }

    /** Returns how the transactional ids of what is pushed begin. */
    static String intakeIds(Topics topics) {
        return topics.prefix() + "-intake-";
    }

    private LedgerKey ledgerKey() {
        try {
            return LedgerKey.of(config.ledgerKey());
        } catch (IllegalArgumentException e) {
            throw new ConfigException(String.valueOf(e.getMessage()), e);
        }
    }

    private TrafficPublisher trafficPublisher() {
        TrafficPublisher traffic = new TrafficPublisher(config.kafka(), serdes, InstantSource.system());
        closeables.push(traffic);
        return traffic;
    }

    /** @param id transactional id of who says so; returns what is called when an export of spans has come */
    private Runnable spansHeard(TelemetrySettings telemetry, String id) {
        Duration limit = telemetry.blindAfter();
        if (limit == null) {
            return () -> {};
        }
        SpanHealth health =
                new SpanHealth(limit, new Publisher(config.kafka(), serdes, id, InstantSource.system()), clock);
        closeables.push(health);
        return health::heard;
    }

    private List<SourceHealth> silences(@Nullable TelemetrySettings telemetry) {
        Duration limit = telemetry == null ? null : telemetry.blindAfter();
        return limit == null ? List.of() : List.of(SpanHealth.starting(limit, Instant.ofEpochMilli(clock.millis())));
    }

    private Map<String, Webhook> webhooks() {
        Map<String, Webhook> webhooks = new LinkedHashMap<>();
        config.webhooks().forEach(webhook -> webhooks.put(webhook.name(), new Webhook(webhook, System::getenv)));
        return webhooks;
    }

    private Map<String, AibomReceiver> receivers() {
        Map<String, AibomReceiver> receivers = new LinkedHashMap<>();
        config.receivers()
                .forEach(receiver -> receivers.put(receiver.name(), new AibomReceiver(receiver, System::getenv)));
        return receivers;
    }

    private void startPollers(Consumer<String> progress) {
        DataSource database = config.scheduled() ? config.database() : null;
        if (config.scheduled() && database == null) {
            progress.accept("pollers: without database.url this must be the only instance with that role");
        }
        Pollers pollers = Pollers.start(
                config.sources(),
                config.kafka(),
                serdes,
                clock,
                config.tickEvery(),
                config.scheduled(),
                silences(config.telemetry()),
                database == null
                        ? null
                        : PollersDatabase.open(database, config.kafka().topics().prefix(), instanceId()));
        this.pollers = pollers;
        metrics.add(pollers, clock);
        closeables.push(pollers);
        TelemetrySettings telemetry = config.telemetry();
        TelemetryConfig.Collector topic =
                telemetry == null ? null : telemetry.reading().collector();
        if (telemetry != null && topic != null) {
            CollectorReader collector = CollectorReader.start(
                    telemetry.reading(),
                    topic,
                    config.kafka(),
                    trafficPublisher(),
                    clock,
                    spansHeard(telemetry, config.kafka().topics().prefix() + "-pollers/spans-" + instanceId()));
            this.collector = collector;
            metrics.letters("spans", collector, CollectorReader::buried);
            closeables.push(collector);
        }
    }

    /** Returns what keeps the instance from being ready, by part, in words; empty when it is ready. */
    public Map<String, String> troubles() {
        Map<String, String> troubles = new LinkedHashMap<>();
        for (StreamsRunner runner : topologies) {
            if (!runner.works() || runner.restore().active()) {
                troubles.put("topology " + runner.name(), runner.state());
            }
        }
        Deliveries deliveries = this.deliveries;
        if (deliveries != null) {
            deliveries.troubles().forEach((name, trouble) -> troubles.put("delivery " + name, trouble));
        }
        HistorySink sink = this.sink;
        String history = sink == null ? null : sink.health();
        if (history != null) {
            troubles.put("history", history);
        }
        CollectorReader collector = this.collector;
        String spans = collector == null ? null : collector.trouble();
        if (spans != null) {
            troubles.put("spans", spans);
        }
        return troubles;
    }

    /** Returns how it is. */
    Condition condition() {
        Map<String, String> parts = troubles();
        if (stopping) {
            return new Condition(Condition.State.STOPPING, parts);
        }
        if (topologies.stream().anyMatch(StreamsRunner::isDead)) {
            return new Condition(Condition.State.DEAD, parts);
        }
        if (topologies.stream().anyMatch(runner -> runner.restore().active())) {
            return new Condition(Condition.State.RESTORING, parts);
        }
        if (!started) {
            return new Condition(Condition.State.STARTING, parts);
        }
        return new Condition(parts.isEmpty() ? Condition.State.READY : Condition.State.TROUBLED, parts);
    }

    /**
     * Waits until everything published so far has passed through every topology into the history.
     *
     * @throws SettlementException if it takes longer than the limit
     */
    public void settle(Duration limit) throws InterruptedException {
        running(settlement, Role.HISTORY).await(limit);
    }

    /** Returns the way in for pushed lines. */
    public Intake intake() {
        return running(intake, Role.HISTORY);
    }

    /** Returns the pollers. */
    public Pollers pollers() {
        return running(pollers, Role.POLLERS);
    }

    /** Returns the port of the HTTP API. */
    public int port() {
        return running(api, Role.HISTORY).port();
    }

    /** Returns the port on which it says how it is. */
    int healthPort() {
        if (health == null) {
            throw new IllegalStateException("it says how it is at the API only");
        }
        return health.port();
    }

    /** Returns how Kafka and the registry are reached. */
    public KafkaConnection kafka() {
        return config.kafka();
    }

    /** Returns the serdes over the registry. */
    public AvroSerdes serdes() {
        return serdes;
    }

    /** Returns the history's database. */
    public DataSource database() {
        return running(config.database(), Role.HISTORY);
    }

    private static <T> T running(@Nullable T part, Role role) {
        if (part == null) {
            throw new IllegalStateException("the role " + role.title() + " does not run here");
        }
        return part;
    }

    /** Stops the roles, those that take something in first; one that does not stop is logged. */
    @Override
    public void close() {
        stopping = true;
        // Who is interrupted must stop in order all the same.
        boolean interrupted = Thread.interrupted();
        for (AutoCloseable part : closeables) {
            try {
                part.close();
            } catch (Exception e) {
                LOGGER.atWarn()
                        .setCause(e)
                        .addKeyValue("part", part.getClass().getSimpleName())
                        .log("did not stop cleanly");
            }
        }
        closeables.clear();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
