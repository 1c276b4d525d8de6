package io.modelwatch.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.schemas.avro.ChangeKind;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChangeKindsTest {

    @Test
    void weightsBehaviourAndTermsShouldBeToldApart() {
        assertThat(ChangeKinds.ofModel("revision", "a", "b")).isEqualTo(ChangeKind.REVISED);
        assertThat(ChangeKinds.ofModel("attributes.files", List.of("a"), List.of("b")))
                .isEqualTo(ChangeKind.REVISED);
        for (String attribute : List.of(
                "chat_template",
                "chat_template_files",
                "tokenizer_files",
                "generation_config",
                "system_prompt",
                "preset_messages")) {
            assertThat(ChangeKinds.ofModel("attributes." + attribute, "a", "b"))
                    .as(attribute)
                    .isEqualTo(ChangeKind.EXECUTION_CONFIGURATION_CHANGED);
        }
        assertThat(ChangeKinds.ofModel("license", "a", "b")).isEqualTo(ChangeKind.LICENSE_CHANGED);
        assertThat(ChangeKinds.ofModel("attributes.alias.champion", "2", "3")).isEqualTo(ChangeKind.ROUTING_CHANGED);
    }

    @Test
    void anOwnerThatIsNotKnownYetShouldBeNoTakingOver() {
        assertThat(ChangeKinds.ofModel("ownerId", "a", "b")).isEqualTo(ChangeKind.NAMESPACE_TAKEN_OVER);
        assertThat(ChangeKinds.ofModel("ownerId", null, "b")).isEqualTo(ChangeKind.ATTRIBUTE_CHANGED);
        assertThat(ChangeKinds.ofModel("ownerId", "a", null)).isEqualTo(ChangeKind.ATTRIBUTE_CHANGED);
    }
}
