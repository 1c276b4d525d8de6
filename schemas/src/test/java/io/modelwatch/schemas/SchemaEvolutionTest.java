package io.modelwatch.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.SchemaCompatibility.SchemaPairCompatibility;
import org.apache.avro.specific.SpecificData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Holds the schemas against every released version of themselves. A version is a directory of self-contained schemas
 * ({@code SCHEMA$.toString(true)}) in {@code src/main/avro-history}; released files are never edited, a later release
 * adds a directory.
 */
class SchemaEvolutionTest {

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
