package io.modelwatch.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.SchemaCompatibility.SchemaPairCompatibility;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.util.RandomData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Holds the schemas against every released version of themselves. A version is a directory of self-contained schemas
 * ({@code SCHEMA$.toString(true)}) in {@code src/main/avro-history}; released files are never edited, a later release
 * adds a directory.
 */
class SchemaEvolutionTest {

    private static final long SEED = 20261125;
    private static final int RECORDS = 20;
    private static final Path HISTORY = Path.of("src/main/avro-history");

    @ParameterizedTest
    @MethodSource("schemas")
    void readsAndIsReadByEveryReleasedVersion(Schema now) throws IOException {
        for (Path version : versions()) {
            Path file = version.resolve(now.getName() + ".avsc");
            if (Files.exists(file)) {
                Schema released = new Schema.Parser().parse(Files.readString(file));

                assertThat(obstacles(now, released)).as("%s", file).isEmpty();
            }
        }
    }

    /** Else the next version would not be held against what this one writes. */
    @ParameterizedTest
    @MethodSource("schemas")
    void whatIsWrittenNowHasASnapshot(Schema now) throws IOException {
        List<Path> released = versions().stream()
                .map(version -> version.resolve(now.getName() + ".avsc"))
                .filter(Files::exists)
                .toList();

        assertThat(released)
                .as("%s has no snapshot: add SCHEMA$.toString(true) to a new directory of %s", now.getName(), HISTORY)
                .isNotEmpty();
        Path newest = released.get(released.size() - 1);
        // What decides how bytes are read: no words, defaults or hints for a language.
        assertThat(SchemaNormalization.toParsingForm(new Schema.Parser().parse(Files.readString(newest))))
                .as("%s is not what is written now: add a snapshot to a new directory", newest)
                .isEqualTo(SchemaNormalization.toParsingForm(now));
    }

    /** Who was built from an old schema, a consumer of any language, gets the writer's schema by the id in the frame. */
    @ParameterizedTest
    @MethodSource("schemas")
    void aConsumerOfEveryReleasedVersionReadsWhatIsWrittenNow(Schema now) throws IOException {
        for (Path version : versions()) {
            Path file = version.resolve(now.getName() + ".avsc");
            if (Files.exists(file)) {
                Schema released = new Schema.Parser().parse(Files.readString(file));
                FakeSchemaRegistry registry = new FakeSchemaRegistry();
                for (Object written : new RandomData(now, RECORDS, SEED)) {
                    ByteBuffer framed = ByteBuffer.wrap(frame(registry, now, written));

                    assertThat(framed.get()).isZero();
                    Schema writer = registry.byId(framed.getInt());
                    Object read = new GenericDatumReader<>(writer, released)
                            .read(
                                    null,
                                    DecoderFactory.get().binaryDecoder(framed.array(), 5, framed.remaining(), null));
                    assertThat(GenericData.get().validate(released, read))
                            .as("%s, seed %d", file, SEED)
                            .isTrue();
                    Schema.Field first = released.getFields().get(0);
                    Object said = ((GenericRecord) written).get(first.name());
                    if (!(said instanceof GenericRecord)) {
                        assertThat(String.valueOf(((GenericRecord) read).get(first.name())))
                                .isEqualTo(String.valueOf(said));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("schemas")
    void whatEveryReleasedVersionWroteIsReadNow(Schema now) throws IOException {
        for (Path version : versions()) {
            Path file = version.resolve(now.getName() + ".avsc");
            if (Files.exists(file)) {
                Schema released = new Schema.Parser().parse(Files.readString(file));
                FakeSchemaRegistry registry = new FakeSchemaRegistry();
                @SuppressWarnings("unchecked")
                Class<SpecificRecord> type = SpecificData.get().getClass(now);
                for (Object written : new RandomData(released, RECORDS, SEED)) {
                    assertThat(new AvroSerdes(registry)
                                    .of(type)
                                    .deserializer()
                                    .deserialize("t", frame(registry, released, written)))
                            .as("%s, seed %d", file, SEED)
                            .isInstanceOf(type);
                }
            }
        }
    }

    private static byte[] frame(FakeSchemaRegistry registry, Schema schema, Object datum) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(0);
        out.write(ByteBuffer.allocate(4)
                .putInt(registry.register("t-value", schema))
                .array());
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        new GenericDatumWriter<>(schema).write(datum, encoder);
        encoder.flush();
        return out.toByteArray();
    }

    @Test
    void catchesAFieldWithoutDefault() {
        Schema before = SchemaBuilder.record("R").fields().requiredString("id").endRecord();
        Schema after = SchemaBuilder.record("R")
                .fields()
                .requiredString("id")
                .requiredLong("added")
                .endRecord();

        assertThat(obstacles(after, before)).hasSize(1).first().asString().contains("added");
        assertThat(obstacles(before, after)).hasSize(1).first().asString().contains("added");
    }

    @Test
    void catchesAChangedTypeAndLetsAnOptionalFieldPass() {
        Schema before = SchemaBuilder.record("R").fields().requiredString("id").endRecord();
        Schema retyped = SchemaBuilder.record("R").fields().requiredLong("id").endRecord();
        Schema grown = SchemaBuilder.record("R")
                .fields()
                .requiredString("id")
                .optionalString("note")
                .endRecord();

        assertThat(obstacles(retyped, before)).hasSize(2);
        assertThat(obstacles(grown, before)).isEmpty();
    }

    /** What keeps two schemas from reading each other's records, both ways as FULL_TRANSITIVE wants. */
    private static List<String> obstacles(Schema one, Schema other) {
        return Stream.of(
                        SchemaCompatibility.checkReaderWriterCompatibility(one, other),
                        SchemaCompatibility.checkReaderWriterCompatibility(other, one))
                .filter(pair -> pair.getType() != SchemaCompatibilityType.COMPATIBLE)
                .map(SchemaPairCompatibility::getResult)
                .map(Object::toString)
                .toList();
    }

    private static List<Path> versions() throws IOException {
        try (Stream<Path> versions = Files.list(HISTORY)) {
            return versions.sorted(Comparator.comparingInt(version ->
                            Integer.parseInt(version.getFileName().toString().substring(1))))
                    .toList();
        }
    }

    /** Those of the topics, and those that only stores hold, which have a snapshot as StateUpgradeTest sees to. */
    static Stream<Schema> schemas() throws IOException {
        Set<String> names = new TreeSet<>();
        Topics.all().stream()
                .filter(topic -> topic.valueType() != null)
                .forEach(topic -> names.add(topic.valueType().getSimpleName()));
        for (Path version : versions()) {
            try (Stream<Path> files = Files.list(version)) {
                files.forEach(file -> names.add(file.getFileName().toString().replace(".avsc", "")));
            }
        }
        return names.stream().map(SchemaEvolutionTest::schema);
    }

    private static Schema schema(String name) {
        try {
            return SpecificData.get().getSchema(Class.forName(Topics.class.getPackageName() + ".avro." + name));
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("a released schema is gone: " + name, e);
        }
    }
}
