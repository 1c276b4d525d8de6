package io.modelwatch.app.role;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.modelwatch.app.role.Chain.Flight;
import io.modelwatch.schemas.RegistryException;
import io.modelwatch.schemas.SchemaRegistry;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.avro.Schema;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.internals.WrappedStateStore;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;

/**
 * What a version of the program leaves behind when it is stopped, as bytes: every entry of every store, as its changelog
 * has it too; what is on its way between topologies and within them; how far each has read; and the schemas that the
 * bytes name.
 *
 * @param schemas of the registry, the first of them with the id 1
 * @param offsets by topology and topic
 */
record RecordedState(
        List<Schema> schemas, List<Entry> entries, Map<String, Map<String, Long>> offsets, List<Flight> flights) {

    /** An entry of a store. */
    record Entry(String topology, String store, byte[] key, byte[] value) {
        String place() {
            return topology + "/" + store;
        }
    }

    /** Takes down where a chain stands. */
    static RecordedState of(Chain chain, SchemaRegistry registry) {
        List<Entry> entries = new ArrayList<>();
        chain.stores()
                .forEach((topology, stores) -> new TreeMap<>(stores).forEach((name, store) -> {
                    try (KeyValueIterator<Bytes, byte[]> all = bytes(store).all()) {
                        all.forEachRemaining(one -> entries.add(new Entry(topology, name, one.key.get(), one.value)));
                    }
                }));
        return new RecordedState(schemas(registry), entries, chain.offsets(), chain.flights());
    }

    /** Returns all schemas of a registry, by their ids. */
    static List<Schema> schemas(SchemaRegistry registry) {
        List<Schema> schemas = new ArrayList<>();
        while (true) {
            try {
                schemas.add(registry.byId(schemas.size() + 1));
            } catch (RegistryException e) {
                return schemas;
            }
        }
    }

    /** Below what turns keys and values into objects. */
    @SuppressWarnings("unchecked")
    private static KeyValueStore<Bytes, byte[]> bytes(StateStore store) {
        return ((WrappedStateStore<KeyValueStore<Bytes, byte[]>, ?, ?>) store).wrapped();
    }

    /** Registers the schemas, under the ids that they had. */
    void register(SchemaRegistry registry) {
        for (int i = 0; i < schemas.size(); i++) {
            int id = registry.register("recorded", schemas.get(i));
            if (id != i + 1) {
                throw new IllegalStateException("a schema got the id " + id + ", and had " + (i + 1));
            }
        }
    }

    /** Lays the stores down as a stopped instance leaves them, for a chain in that directory. */
    void layDown(Path dir) {
        Map<Path, KeyValueStore<Bytes, byte[]>> open = new TreeMap<>();
        for (Entry entry : entries) {
            Path task = Chain.taskDir(dir, entry.topology());
            open.computeIfAbsent(task.resolve(entry.store()), unused -> open(entry, task))
                    .put(Bytes.wrap(entry.key()), entry.value());
        }
        open.values().forEach(StateStore::close);
    }

    private static KeyValueStore<Bytes, byte[]> open(Entry entry, Path task) {
        KeyValueStore<Bytes, byte[]> store =
                Stores.persistentKeyValueStore(entry.store()).get();
        MockProcessorContext<Void, Void> context =
                new MockProcessorContext<>(Chain.properties(entry.topology(), task), Chain.TASK, task.toFile());
        store.init(context.getStateStoreContext(), store);
        return store;
    }

    /** Writes it, a line a thing; never over another one. */
    void write(Path file) throws IOException {
        try (BufferedWriter out = new BufferedWriter(new OutputStreamWriter(
                new GZIPOutputStream(Files.newOutputStream(file, StandardOpenOption.CREATE_NEW)), UTF_8))) {
            for (Schema schema : schemas) {
                line(out, "schema", schema.toString());
            }
            for (Entry one : entries) {
                line(out, "entry", one.topology(), one.store(), text(one.key()), text(one.value()));
            }
            for (Map.Entry<String, Map<String, Long>> topology : offsets.entrySet()) {
                for (Map.Entry<String, Long> next : new TreeMap<>(topology.getValue()).entrySet()) {
                    line(
                            out,
                            "offset",
                            topology.getKey(),
                            next.getKey(),
                            next.getValue().toString());
                }
            }
            for (Flight one : flights) {
                List<String> cells = new ArrayList<>(List.of(
                        "flight",
                        one.writer() == null ? "" : one.writer(),
                        one.topic(),
                        Long.toString(one.record().getRecordTime().toEpochMilli()),
                        one.record().key(),
                        text(one.record().value())));
                for (Header header : one.record().headers()) {
                    cells.add(header.key());
                    cells.add(text(header.value()));
                }
                line(out, cells.toArray(String[]::new));
            }
        }
    }

    private static void line(BufferedWriter out, String... cells) throws IOException {
        out.write(String.join("\t", cells));
        out.write('\n');
    }

    /** Reads what {@link #write} has written. */
    static RecordedState read(Path file) throws IOException {
        List<Schema> schemas = new ArrayList<>();
        List<Entry> entries = new ArrayList<>();
        Map<String, Map<String, Long>> offsets = new TreeMap<>();
        List<Flight> flights = new ArrayList<>();
        try (InputStream in = new GZIPInputStream(Files.newInputStream(file));
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] cells = line.split("\t", -1);
                switch (cells[0]) {
                    case "schema" -> schemas.add(new Schema.Parser().parse(cells[1]));
                    case "entry" -> entries.add(new Entry(cells[1], cells[2], bytes(cells[3]), bytes(cells[4])));
                    case "offset" ->
                        offsets.computeIfAbsent(cells[1], unused -> new TreeMap<>())
                                .put(cells[2], Long.valueOf(cells[3]));
                    case "flight" -> flights.add(flight(cells));
                    default -> throw new IOException(file + ": a line '" + cells[0] + "'");
                }
            }
        }
        return new RecordedState(schemas, entries, offsets, flights);
    }

    private static Flight flight(String[] cells) {
        RecordHeaders headers = new RecordHeaders();
        for (int i = 6; i < cells.length; i += 2) {
            headers.add(cells[i], bytes(cells[i + 1]));
        }
        return new Flight(
                cells[1].isEmpty() ? null : cells[1],
                cells[2],
                new TestRecord<>(cells[4], bytes(cells[5]), headers, Long.valueOf(cells[3])));
    }

    /** No value is a text of its own: an empty value is another. */
    private static String text(byte @Nullable [] bytes) {
        return bytes == null ? "-" : Base64.getEncoder().encodeToString(bytes);
    }

    private static byte @Nullable [] bytes(String text) {
        return text.equals("-") ? null : Base64.getDecoder().decode(text);
    }
}
