package io.modelwatch.producers.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.producers.intake.VendorBill.Model;
import io.modelwatch.producers.intake.VendorBill.UnreadableException;
import io.modelwatch.schemas.avro.Disclosure;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VendorBillTest {

    private static final Instant T = Instant.parse("2026-03-01T10:00:00Z");

    private static final String CYCLONEDX = """
            {"bomFormat":"CycloneDX","specVersion":"1.6","serialNumber":"urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
             "version":3,"components":[
              {"type":"machine-learning-model","name":"a","purl":"pkg:huggingface/Qwen/Qwen2.5-7B@a09a354"},
              {"type":"machine-learning-model","name":"b","version":"2","purl":"pkg:huggingface/x/y",
               "pedigree":{"ancestors":[{"type":"machine-learning-model","name":"c","purl":"pkg:huggingface/x/z"}]}},
              {"type":"machine-learning-model","name":"nameless"},
              {"type":"machine-learning-model","name":"bad","purl":"huggingface/x"},
              {"type":"application","name":"app","components":[
               {"type":"machine-learning-model","name":"in","purl":"pkg:generic/openai/gpt-4o"}]},
              {"type":"library","name":"l"},{"type":"library","name":"m"}],
             "services":[{"name":"s","provider":{"name":"azure","address":{"country":"Netherlands"}}},
              {"name":"t","provider":{"address":{"country":"de"}}},{"name":"u"},
              {"name":"v","provider":{"address":{"country":"Atlantis"}}}]}
            """;

    private static final String SPDX = """
            {"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[
             {"type":"SpdxDocument","spdxId":"urn:doc:1"},
             {"type":"ai_AIPackage","spdxId":"urn:a","name":"a","software_packageVersion":"a09a354",
              "software_packageUrl":"pkg:huggingface/Qwen/Qwen2.5-7B-Instruct@a09a354"},
             {"type":"ai_AIPackage","spdxId":"urn:b","name":"b","externalIdentifier":[
              {"type":"ExternalIdentifier","externalIdentifierType":"packageUrl","identifier":"pkg:huggingface/x/y"}]},
             {"type":"ai_AIPackage","spdxId":"urn:c","name":"c","software_packageUrl":"pkg:huggingface/Qwen/Qwen2.5-7B"},
             {"type":"dataset_DatasetPackage","spdxId":"urn:d","name":"d"},
             {"type":"Relationship","relationshipType":"descendantOf","from":"urn:a","to":["urn:c"]}]}
            """;

    private static VendorBill read(String text) throws Exception {
        return VendorBill.read(stream(text));
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void cyclonedx_announces_its_models_and_countries_and_says_what_is_ignored() throws Exception {
        VendorBill bill = read(CYCLONEDX);

        assertThat(bill.name()).isEqualTo("urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79/3");
        assertThat(bill.models())
                .containsExactly(
                        new Model("pkg:huggingface/Qwen/Qwen2.5-7B", "a09a354"),
                        new Model("pkg:huggingface/x/y", "2"),
                        new Model("pkg:generic/openai/gpt-4o", null));
        assertThat(bill.countries()).containsExactly("DE", "NL");
        assertThat(bill.ignored())
                .containsExactlyInAnyOrder(
                        "the model nameless has no package URL",
                        "the model bad has an illegal package URL: huggingface/x",
                        "the service u does not say in which country it is provided",
                        "the hosting country Atlantis is no ISO 3166-1 code and no English name",
                        "1 components of the type application",
                        "2 components of the type library",
                        "1 ancestors (pedigree): they do not run");
    }

    @Test
    void spdx_announces_its_models_but_no_ancestors() throws Exception {
        VendorBill bill = read(SPDX);

        assertThat(bill.name()).isEqualTo("urn:doc:1");
        assertThat(bill.models())
                .containsExactly(
                        new Model("pkg:huggingface/Qwen/Qwen2.5-7B-Instruct", "a09a354"),
                        new Model("pkg:huggingface/x/y", null));
        assertThat(bill.ignored())
                .containsExactlyInAnyOrder(
                        "1 elements of the type dataset_DatasetPackage", "1 ancestors: they do not run");
    }

    @Test
    void the_disclosure_is_one_that_the_parser_takes() throws Exception {
        String line =
                read(CYCLONEDX).disclosure("acme", "support-copilot", T, null).toString();

        Batch<Disclosure> batch = new IntakeParser().disclosures(stream(line), () -> T);

        assertThat(batch.errors()).isEmpty();
        Disclosure disclosure = batch.accepted().getFirst();
        assertThat(disclosure.getId()).isEqualTo("acme:urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79/3");
        assertThat(disclosure.getDeployment()).isEqualTo("support-copilot");
        assertThat(disclosure.getAnnouncedAt()).isEqualTo(T);
        assertThat(disclosure.getModels()).hasSize(3);
        assertThat(disclosure.getCountries()).containsExactly("DE", "NL");
        assertThat(disclosure.getEvidence().getSha256()).hasSize(64);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "null",
                "{",
                "{}",
                "not JSON",
                "<bom xmlns=\"http://cyclonedx.org/schema/bom/1.6\"/>",
                "{\"bomFormat\":\"CycloneDX\"}",
                "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"2.0\"}",
                "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\"}",
                "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"components\":{},\"services\":7}",
                "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"components\":[1,null,\"x\",[[]]]}",
                "{\"bomFormat\":[\"CycloneDX\"]}",
                "{\"spdxVersion\":\"SPDX-2.3\"}",
                "{\"@context\":\"https://spdx.org/rdf/3.0.1/spdx-context.jsonld\"}",
                "{\"@context\":\"https://spdx.org/rdf/3.0.1/spdx-context.jsonld\",\"@graph\":[1,null,{}]}",
                "{\"bomFormat\":\"CycloneDX\"} {}"
            })
    void what_is_no_bill_is_refused_with_a_reason(String text) {
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(UnreadableException.class)
                .message()
                .isNotBlank();
    }

    @Test
    void a_bill_that_is_too_deep_too_long_or_too_many_is_refused() {
        String deep = "{\"bomFormat\":" + "[".repeat(100_000);
        String model = "{\"type\":\"machine-learning-model\",\"purl\":\"pkg:generic/m\",\"version\":\"%d\"}";
        StringBuilder many = new StringBuilder("{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"components\":[");
        for (int i = 0; i <= VendorBill.MAX_MODELS; i++) {
            many.append(i == 0 ? "" : ",").append(model.formatted(i));
        }
        many.append("]}");

        assertThatThrownBy(() -> read(deep)).isInstanceOf(UnreadableException.class);
        assertThatThrownBy(() -> read(many.toString()))
                .isInstanceOf(UnreadableException.class)
                .hasMessage("the bill names more than 5000 models");
        assertThatThrownBy(() -> VendorBill.read(new Endless()))
                .isInstanceOf(UnreadableException.class)
                .hasMessage("the bill is longer than 8 MiB");
    }

    @Test
    void what_is_ignored_is_told_in_bounded_length() throws Exception {
        StringBuilder many = new StringBuilder("{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"components\":["
                + "{\"type\":\"machine-learning-model\",\"name\":\"a\",\"purl\":\"pkg:generic/a\"}");
        for (int i = 0; i < 1000; i++) {
            many.append(",{\"type\":\"machine-learning-model\",\"name\":\"")
                    .append(i)
                    .append("\"}");
        }

        assertThat(read(many.append("]}").toString()).ignored()).hasSize(21).contains("and 980 more");
    }

    @Test
    void a_bill_is_told_from_lines_by_its_beginning() {
        assertThat(VendorBill.looksLike(CYCLONEDX)).isTrue();
        assertThat(VendorBill.looksLike(SPDX)).isTrue();
        assertThat(VendorBill.looksLike("  <bom/>")).isTrue();
        assertThat(VendorBill.looksLike("{\"id\":\"acme-1\",\"vendor\":\"acme\"}"))
                .isFalse();
    }

    /** Never ends. */
    private static final class Endless extends InputStream {
        @Override
        public int read() {
            return ' ';
        }
    }
}
