package io.modelwatch.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Holds the document against the catalogue and AsyncAPI's own schema; with {@code -Dupdate.docs=true} it writes it. */
class AsyncApiDocTest {

    private static final Path DOCUMENT = Path.of("../docs/asyncapi.json");

    @Test
    void theDocumentIsWhatTheCatalogueSays() throws IOException {
        String document = AsyncApi.document().toPrettyString() + "\n";
        if (Boolean.getBoolean("update.docs")) {
            Files.writeString(DOCUMENT, document);
        }
        assertThat(Files.readString(DOCUMENT))
                .as("mvn -pl schemas test -Dtest=AsyncApiDocTest -Dupdate.docs=true writes it anew")
                .isEqualTo(document);
    }

    @Test
    void theDocumentIsLegalAsyncApi() throws IOException {
        Schema schema = official();

        assertThat(schema.validate(AsyncApi.document().toString(), InputFormat.JSON))
                .isEmpty();
        // That the schema refuses something at all.
        assertThat(schema.validate(AsyncApi.document().put("asyncapi", "2.0.0").toString(), InputFormat.JSON))
                .isNotEmpty();
    }

    @Test
    void everyReferenceLeadsSomewhereAndEverySchemaIsAvro() {
        JsonNode document = AsyncApi.document();
        assertThat(document.findValuesAsString("$ref"))
                .isNotEmpty()
                .allSatisfy(reference -> assertThat(
                                document.at(reference.substring(1)).isObject())
                        .as(reference)
                        .isTrue());
        document.path("components")
                .path("schemas")
                .properties()
                .forEach(schema -> assertThat(new org.apache.avro.Schema.Parser()
                                .parse(schema.getValue().path("schema").toString())
                                .getName())
                        .isEqualTo(schema.getKey()));
        assertThat(AsyncApi.topics()).isSubsetOf(Topics.all());
    }

    /** AsyncAPI's own schema of 3.0.0, from @asyncapi/specs 6.11.1 (see the README beside it). */
    private static Schema official() throws IOException {
        try (InputStream in = new GZIPInputStream(Objects.requireNonNull(
                AsyncApiDocTest.class.getResourceAsStream("asyncapi/3.0.0-without-id.json.gz")))) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7)
                    .getSchema(JsonMapper.shared().readTree(text));
        }
    }
}
