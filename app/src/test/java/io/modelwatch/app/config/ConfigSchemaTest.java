package io.modelwatch.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.modelwatch.producers.SourceExamples;
import io.modelwatch.producers.SourceType;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Holds the schema of the configuration against the settings; with {@code -Dupdate.docs=true} it writes it instead. */
class ConfigSchemaTest {

    private static final Path FILE = Path.of("../docs/json/modelwatch.schema.json");

    @Test
    void theFileIsWhatTheSettingsSay() throws Exception {
        String schema = ConfigSchema.json();
        if (Boolean.getBoolean("update.docs")) {
            Files.writeString(FILE, schema);
        }
        assertThat(Files.readString(FILE))
                .as("mvn -pl app -am test -Dtest=ConfigSchemaTest -Dupdate.docs=true writes it anew")
                .isEqualTo(schema);
    }

    @Test
    void itAdmitsWhatShipsAndEveryExampleAndRefusesAMisspeltKey() throws Exception {
        Schema schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(ConfigSchema.json());
        assertThat(schema.validate(json(Files.readString(Path.of("../modelwatch.yaml"))), InputFormat.JSON))
                .isEmpty();
        for (SourceType type : SourceType.values()) {
            String block = "sources:\n" + SourceExamples.block(type);
            assertThat(schema.validate(json(block), InputFormat.JSON)).as(block).isEmpty();
        }
        String wrong = "sources:\n" + SourceExamples.block(SourceType.RUNTIME).replace("country:", "contry:");
        assertThat(schema.validate(json(wrong), InputFormat.JSON)).isNotEmpty();
        assertThat(schema.validate("{\"api\":{\"prot\":8080}}", InputFormat.JSON))
                .isNotEmpty();
    }

    private static String json(String yaml) {
        return YAMLMapper.builder().build().readTree(yaml).toString();
    }

    @Test
    void itKnowsEverySettingAndEveryFamily() throws Exception {
        JsonNode schema = JsonMapper.builder().build().readTree(ConfigSchema.json());
        for (Setting setting : Setting.values()) {
            String at = "/properties/" + setting.key().replace(".", "/properties/");
            assertThat(schema.at(at).isMissingNode()).as(setting.key()).isEqualTo(setting.secret());
        }
        JsonNode families = schema.at("/properties/sources/items/allOf");
        assertThat(families.size()).isEqualTo(SourceType.values().length);
        assertThat(schema.at("/properties/sources/items/properties/type/enum").toString())
                .contains("\"huggingface\"", "\"kubernetes\"", "\"runtime\"");
    }
}
