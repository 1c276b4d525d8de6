package io.modelwatch.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.SchemaCompatibility.SchemaPairCompatibility;
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

    @ParameterizedTest
    @MethodSource("schemas")
    void firstVersionHasASnapshot(Schema now) {
        assertThat(HISTORY.resolve("v1").resolve(now.getName() + ".avsc")).isRegularFile();
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
                    assertThat(((GenericRecord) read).get(first.name()))
                            .hasToString(String.valueOf(((GenericRecord) written).get(first.name())));
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
            return versions.sorted().toList();
        }
    }

    static Stream<Schema> schemas() {
        return Topics.all().stream()
                .filter(topic -> topic.valueType() != null)
                .<Schema>map(topic -> SpecificData.get().getSchema(topic.valueType()))
                .distinct();
    }
}
