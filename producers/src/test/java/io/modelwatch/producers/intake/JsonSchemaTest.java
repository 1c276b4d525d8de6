package io.modelwatch.producers.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The JSON Schemas in docs describe what the parser reads: the same fields, the same required ones, the same words. */
class JsonSchemaTest {

    private static JsonNode definition(Form form) throws Exception {
        Path docs = Path.of("..", "docs", "json");
        String[] words = form.name().toLowerCase().split("_");
        StringBuilder name = new StringBuilder(words[0]);
        for (int i = 1; i < words.length; i++) {
            name.append(Character.toUpperCase(words[i].charAt(0))).append(words[i].substring(1));
        }
        for (String file : new String[] {
            "observation.schema.json",
            "procurement-event.schema.json",
            "alert-action.schema.json",
            "disclosure.schema.json"
        }) {
            JsonNode found = JsonMapper.shared()
                    .readTree(Files.readString(docs.resolve(file)))
                    .path("$defs")
                    .path(name.toString());
            if (found.isObject()) {
                return found;
            }
        }
        throw new AssertionError("no definition of " + name + " under docs/json");
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void schema_and_parser_know_the_same_fields(Form form) throws Exception {
        JsonNode definition = definition(form);
        assertThat(definition.path("properties").propertyNames()).containsExactlyInAnyOrderElementsOf(form.fields());
        assertThat(words(definition.path("required"))).isEqualTo(form.required());
        assertThat(definition.path("additionalProperties").booleanValue()).isFalse();
    }

    @org.junit.jupiter.api.Test
    void schema_and_parser_know_the_same_words() throws Exception {
        assertThat(words(definition(Form.PARENT).at("/properties/relation/enum")))
                .isEqualTo(Set.copyOf(ObservationForm.RELATIONS));
        assertThat(words(definition(Form.DEPLOYMENT).at("/properties/type/enum")))
                .isEqualTo(Set.copyOf(ObservationForm.TYPES));
        assertThat(words(definition(Form.SWEEP_LINE).at("/properties/outcome/enum")))
                .isEqualTo(Set.copyOf(ObservationForm.OUTCOMES));
        assertThat(words(definition(Form.MODEL_LINE).at("/properties/confidence/enum")))
                .isEqualTo(Set.copyOf(ObservationForm.CONFIDENCES));
        assertThat(words(definition(Form.ALERT_ACTION).at("/properties/action/enum")))
                .isEqualTo(Set.copyOf(AlertActionForm.ACTIONS));
        assertThat(words(definition(Form.ALLOWS).at("/properties/changes/items/enum")))
                .isEqualTo(Set.copyOf(ProcurementForm.CHANGES));
    }

    private static Set<String> words(JsonNode array) {
        Set<String> words = new HashSet<>();
        array.forEach(word -> words.add(word.stringValue()));
        return words;
    }
}
