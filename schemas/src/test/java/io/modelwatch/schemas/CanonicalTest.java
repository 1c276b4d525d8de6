package io.modelwatch.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.ParentRef;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CanonicalTest {

    @Test
    void absentAndEmptyAreTheSame() {
        assertThat(Canonical.fields(ModelFacts.newBuilder().setId("m").build())).isEmpty();
    }

    @Test
    void aModelsFieldsBySortedPath() {
        ModelFacts facts = ModelFacts.newBuilder()
                .setId("m")
                .setRevision("a09a354")
                .setLicense("apache-2.0")
                .setParents(List.of(new ParentRef("q", "quantized"), new ParentRef("f", "finetune")))
                .setDatasets(List.of("b", "a", "b"))
                .setAttributes(Map.of("private", false, "tags", List.of("z", "a"), "context_length", 32768L))
                .build();

        assertThat(Canonical.json(Canonical.fields(facts)))
                .isEqualTo("{\"attributes.context_length\":32768,\"attributes.private\":false,"
                        + "\"attributes.tags\":[\"z\",\"a\"],\"datasets\":[\"a\",\"b\"],\"license\":\"apache-2.0\","
                        + "\"parents\":[{\"id\":\"f\",\"relation\":\"finetune\"},"
                        + "{\"id\":\"q\",\"relation\":\"quantized\"}],\"revision\":\"a09a354\"}");
    }

    @Test
    void aDeploymentsModelsGoByRole() {
        DeploymentFacts facts = DeploymentFacts.newBuilder()
                .setId("support-copilot")
                .setVendor("acme")
                .setModels(List.of(DeployedModel.newBuilder()
                        .setId("pkg:huggingface/a/b")
                        .setRole("primary")
                        .setWeight(1.0)
                        .build()))
                .setHosting(List.of(new Hosting("azure", "westeurope", "NL"), new Hosting("aws", "eu-central-1", null)))
                .build();

        assertThat(Canonical.json(Canonical.fields(facts)))
                .isEqualTo("{\"hosting\":[{\"country\":\"NL\",\"provider\":\"azure\",\"region\":\"westeurope\"},"
                        + "{\"provider\":\"aws\",\"region\":\"eu-central-1\"}],"
                        + "\"models.primary.id\":\"pkg:huggingface/a/b\",\"models.primary.weight\":1,"
                        + "\"vendor\":\"acme\"}");
    }

    @ParameterizedTest
    @CsvSource({"1, 1.0", "0, 0.0", "0, -0.0", "100, 1e2", "-5, -5.0"})
    void aNumberHasOneSpelling(long whole, double decimal) {
        assertThat(attribute(decimal)).isEqualTo(attribute(whole));
    }

    @Test
    void distinctNumbersStayDistinct() {
        assertThat(attribute(0.00000015)).isNotEqualTo(attribute(0.0000001));
        assertThat(attribute(Long.MAX_VALUE)).isNotEqualTo(attribute(Long.MAX_VALUE - 1));
        assertThat(attribute("1")).isNotEqualTo(attribute(1L));
    }

    private static String attribute(Object value) {
        return Canonical.json(Canonical.fields(ModelFacts.newBuilder()
                .setId("m")
                .setAttributes(Map.of("a", value))
                .build()));
    }
}
