package io.modelwatch.app.role;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.app.config.Config;
import io.modelwatch.app.config.ConfigFile;
import io.modelwatch.app.config.Setting;
import io.modelwatch.app.role.Chain.Flight;
import io.modelwatch.app.role.RecordedState.Entry;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.FakeSchemaRegistry;
import io.modelwatch.schemas.PathHeader;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyDescription;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An upgrade in the midst of work: what each older version of the program left in stores and on topics, kept as the bytes
 * that it wrote, is gone on with by this one, and everything that follows is as if this one had never been stopped.
 *
 * <p>A change of a store's or an internal topic's format adds a recording, and leaves those that are there as they are:
 * {@code mvn -pl app -am test -Dtest=StateUpgradeTest -Dupdate.state=true -Dsurefire.failIfNoSpecifiedTests=false}.
 */
class StateUpgradeTest {

    private static final Path RECORDINGS = Path.of("src/test/resources/io/modelwatch/app/role/state");
    private static final String SUFFIX = ".tsv.gz";
    private static final Path SHAPES = RECORDINGS.resolve("shapes.txt");

    private static final Topics TOPICS = new Topics("test");

    /** Loops whose records may be on their way when everything is stopped. */
    private static final Set<Topic<?>> LOOPS = Set.of(
            Topics.REPOSITORIES,
            Topics.INFERENCE_NAMES,
            Topics.INFERENCE_ANSWERS,
            Topics.LINEAGE_SUBSCRIPTIONS,
            Topics.LINEAGE_ADVERTISEMENTS,
            Topics.MBOM_ANSWERS,
            Topics.DRIFT_GROUPS,
            Topics.DRIFT_REVIEWS);

    /**
     * What a topology writes for itself and a driver without a broker reads at once, so that it is on its way in no
     * recording. Each holds what a public topic holds too.
     */
    private static final Set<Topic<?>> READ_AT_ONCE =
            Set.of(Topics.DRIFT_PROCUREMENT, Topics.DRIFT_DISCLOSURES, Topics.DRIFT_ACTIONS, Topics.SOURCES);

    @TempDir
    static Path dir;

    private static RecordedState now;
    private static String alert;
    private static Outcome neverStopped;

    @BeforeAll
    static void runWithoutAStop() {
        FakeSchemaRegistry registry = new FakeSchemaRegistry();
        try (Chain chain = chain(registry, dir.resolve("never-stopped"))) {
            UpgradeScenario.Inputs inputs = new UpgradeScenario.Inputs(chain);
            UpgradeScenario.before(inputs);
            now = RecordedState.of(chain, registry);
            alert = chain.written(Topics.ALERTS).stream()
                    .filter(one -> one.getDeployment().equals("claims"))
                    .map(Alert::getId)
                    .findFirst()
                    .orElseThrow();
            chain.written();
            UpgradeScenario.after(inputs, alert);
            neverStopped = Outcome.of(chain, registry);
        }
    }

    @ParameterizedTest
    @MethodSource("recordings")
    void shouldGoOnWithTheStateOfAnOlderVersionAsIfItHadNeverBeenStopped(String version) throws IOException {
        RecordedState recorded = RecordedState.read(RECORDINGS.resolve(version + SUFFIX));
        assertThat(stores())
                .as("what an older version put into a store that is no more would be lost without a word")
                .containsAll(places(recorded));
        FakeSchemaRegistry registry = new FakeSchemaRegistry();
        recorded.register(registry);
        Path upgraded = dir.resolve(version);
        recorded.layDown(upgraded);
        try (Chain chain = chain(registry, upgraded)) {
            assertThat(RecordedState.of(chain, registry).entries()).hasSameSizeAs(recorded.entries());
            chain.resume(recorded.offsets(), recorded.flights());

            UpgradeScenario.after(new UpgradeScenario.Inputs(chain), alert);

            Outcome outcome = Outcome.of(chain, registry);
            assertThat(outcome.told(recorded))
                    .isEqualTo(neverStopped.told(recorded))
                    .hasSizeGreaterThan(100);
            assertThat(outcome.stored(recorded)).isEqualTo(neverStopped.stored(recorded));
        }
    }

    @Test
    void shouldHaveARecordingOfWhatThisVersionLeavesBehind() throws IOException {
        assertThat(places(now)).containsExactlyInAnyOrderElementsOf(stores());
        assertThat(now.flights()).extracting(Flight::topic).containsAll(internalTopics());
        List<String> versions = recordings().toList();
        if (Boolean.getBoolean("update.state")) {
            now.write(RECORDINGS.resolve("v" + (versions.size() + 1) + SUFFIX));
            return;
        }
        RecordedState newest = RecordedState.read(RECORDINGS.resolve(versions.getLast() + SUFFIX));
        assertThat(form(newest))
                .as(
                        "what this version leaves behind is of another form than the newest recording: if that is meant, add one with"
                                + " -Dupdate.state=true; where an older version cannot go on with it, raise the number of the"
                                + " format too")
                .isEqualTo(form(now));
    }

    /** A schema that only stores hold is on no topic by which SchemaEvolutionTest would find it. */
    @Test
    void shouldHaveASnapshotOfEverySchema() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("../schemas/src/main/avro-history"))) {
            assertThat(files.map(file -> file.getFileName().toString()).toList())
                    .containsAll(now.schemas().stream()
                            .map(schema -> schema.getName() + ".avsc")
                            .toList());
        }
    }

    /** Tasks are told by the number of their part, and one instance lays down for all which topics a store needs. */
    @Test
    void shouldSayWhenOldAndNewInstancesCouldNotShareTasks() throws IOException {
        List<String> shapes = new ArrayList<>();
        topologies(new FakeSchemaRegistry()).forEach((name, topology) -> {
            RoleTopology.FORMAT.addTo(topology, name);
            topology.describe().subtopologies().forEach(part -> shapes.add(shape(name, part)));
        });
        if (Boolean.getBoolean("update.shapes")) {
            Files.write(SHAPES, shapes);
        }
        assertThat(shapes)
                .as(
                        "a part of a topology has come, gone or another store or topic: old and new instances cannot run side"
                                + " by side then. Keep to this shape; or say in docs/operations.md, \"A new version\", that every"
                                + " instance of the role must be stopped first, and write %s anew with -Dupdate.shapes=true",
                        SHAPES)
                .isEqualTo(Files.readAllLines(SHAPES));
    }

    private static String shape(String topology, TopologyDescription.Subtopology part) {
        Set<String> read = new TreeSet<>();
        Set<String> kept = new TreeSet<>();
        part.nodes().forEach(node -> {
            switch (node) {
                case TopologyDescription.Source source -> read.addAll(source.topicSet());
                case TopologyDescription.Processor processor -> kept.addAll(processor.stores());
                default -> {}
            }
        });
        return topology + " " + part.id() + " reads " + String.join(", ", read) + "; keeps " + String.join(", ", kept);
    }

    static Stream<String> recordings() throws IOException {
        try (Stream<Path> files = Files.list(RECORDINGS)) {
            return files
                    .map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(SUFFIX))
                    .map(name -> name.substring(0, name.length() - SUFFIX.length()))
                    .sorted((one, other) -> Integer.compare(number(one), number(other)))
                    .toList()
                    .stream();
        }
    }

    private static int number(String version) {
        return Integer.parseInt(version.substring(1));
    }

    /** Every store of every topology of the program. */
    private static Set<String> stores() {
        Set<String> stores = new TreeSet<>();
        topologies(new FakeSchemaRegistry())
                .forEach((name, topology) -> topology.describe().subtopologies().stream()
                        .flatMap(part -> part.nodes().stream())
                        .filter(TopologyDescription.Processor.class::isInstance)
                        .flatMap(node -> ((TopologyDescription.Processor) node).stores().stream())
                        .forEach(store -> stores.add(name + "/" + store)));
        return stores;
    }

    private static Set<String> places(RecordedState state) {
        return state.entries().stream().map(Entry::place).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Every topic that topologies both write and read, but those that are read at once. */
    private static Set<String> internalTopics() {
        Set<String> read = new TreeSet<>();
        Set<String> written = new TreeSet<>();
        topologies(new FakeSchemaRegistry()).values().stream()
                .flatMap(topology -> topology.describe().subtopologies().stream())
                .flatMap(part -> part.nodes().stream())
                .forEach(node -> {
                    switch (node) {
                        case TopologyDescription.Source source -> read.addAll(source.topicSet());
                        case TopologyDescription.Sink sink -> written.add(sink.topic());
                        default -> {}
                    }
                });
        read.retainAll(written);
        READ_AT_ONCE.forEach(topic -> read.remove(TOPICS.name(topic)));
        return read;
    }

    /** How things are written: the schemas of each store and topic, and what is no Avro as it is. */
    private static Set<String> form(RecordedState state) {
        Set<String> form = new TreeSet<>();
        for (Entry entry : state.entries()) {
            Schema schema = schema(entry.value(), state.schemas());
            form.add(entry.place() + " "
                    + (schema == null
                            ? new String(entry.key(), UTF_8) + " "
                                    + HexFormat.of().formatHex(entry.value())
                            : schema));
        }
        for (Flight flight : state.flights()) {
            Schema schema = schema(flight.record().value(), state.schemas());
            form.add(flight.topic() + " " + schema);
        }
        return form;
    }

    private static @Nullable Schema schema(byte @Nullable [] value, List<Schema> schemas) {
        if (value == null || value.length < AvroSerdes.HEADER_BYTES || value[0] != 0) {
            return null;
        }
        int id = ByteBuffer.wrap(value, 1, 4).getInt();
        return id >= 1 && id <= schemas.size() ? schemas.get(id - 1) : null;
    }

    /** The topologies of the program, all that there are. */
    private static Map<String, Topology> topologies(FakeSchemaRegistry registry) {
        Config config = Config.of(
                ConfigFile.none(),
                Map.of(
                        Setting.TOPICS_PREFIX,
                        TOPICS.prefix(),
                        Setting.TELEMETRY_ENABLED,
                        "true",
                        Setting.INFERENCE_ENABLED,
                        "true",
                        Setting.KAFKA_BOOTSTRAP,
                        "unused:1",
                        Setting.KAFKA_REGISTRY,
                        "http://unused:1"),
                variable -> null);
        InstanceConfig instance = InstanceConfig.of(config, Objects.requireNonNull(config.kafka()), null);
        Map<String, Topology> topologies = new LinkedHashMap<>();
        for (RoleTopology one : RoleTopology.values()) {
            assertThat(one.runs(instance)).isTrue();
            topologies.put(one.title(), one.build(instance, new AvroSerdes(registry)));
        }
        return topologies;
    }

    private static Chain chain(FakeSchemaRegistry registry, Path dir) {
        return new Chain(TOPICS, new AvroSerdes(registry), dir, topologies(registry), LOOPS);
    }

    /** What came of it: what was written, and what is in the stores. */
    private record Outcome(Map<String, List<TestRecord<String, byte[]>>> written, RecordedState state) {

        static Outcome of(Chain chain, FakeSchemaRegistry registry) {
            return new Outcome(chain.written(), RecordedState.of(chain, registry));
        }

        /** What was written, as that version reads it. */
        List<String> told(RecordedState version) {
            Set<String> headers = new TreeSet<>();
            version.flights().forEach(flight -> flight.record().headers().forEach(one -> headers.add(one.key())));
            List<String> told = new ArrayList<>();
            written.forEach((topic, records) -> {
                for (TestRecord<String, byte[]> one : records) {
                    told.add(topic + " " + one.key() + " " + text(one.value(), version.schemas())
                            + headers(one, headers));
                }
            });
            return told;
        }

        /**
         * Those that a version knows, but the times at which a stage was passed: those are of the machine's clock. What was
         * on its way has none of the others.
         */
        private static String headers(TestRecord<String, byte[]> record, Set<String> known) {
            StringBuilder text = new StringBuilder();
            for (Header header : record.headers()) {
                if (known.contains(header.key()) && !header.key().equals(PathHeader.NAME)) {
                    text.append(' ').append(header.key()).append('=').append(new String(header.value(), UTF_8));
                }
            }
            return text.toString();
        }

        /** What is in the stores, as that version reads it. */
        List<String> stored(RecordedState version) {
            return state.entries().stream()
                    .map(entry -> entry.place() + " " + new String(entry.key(), UTF_8) + " "
                            + text(entry.value(), version.schemas()))
                    .toList();
        }

        private String text(byte @Nullable [] value, List<Schema> readers) {
            Schema writer = schema(value, state.schemas());
            if (writer == null) {
                return value == null ? "null" : HexFormat.of().formatHex(value);
            }
            // The newest of a name: an upgrade before may have left older ones.
            Schema reader = readers.stream()
                    .filter(one -> one.getFullName().equals(writer.getFullName()))
                    .reduce((one, newer) -> newer)
                    .orElse(writer);
            int length = value.length - AvroSerdes.HEADER_BYTES;
            BinaryDecoder in = DecoderFactory.get().binaryDecoder(value, AvroSerdes.HEADER_BYTES, length, null);
            try {
                return String.valueOf(new GenericDatumReader<>(writer, reader).read(null, in));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
