package io.modelwatch.history.bills;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.schemas.avro.Claim;
import io.modelwatch.schemas.avro.Component;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.Origin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class BillFormatTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** What a source may say and a schema may not like. */
    private static List<Mbom> odd() {
        List<Mbom> bills = new ArrayList<>();
        bills.add(Bills.least().build());
        bills.addAll(List.of(
                Bills.least().setRemoved(true).build(),
                Bills.least()
                        .setDeployment("a \"b\" / c\u0001 \uD83E\uDD16 %2F #?")
                        .setVendor("")
                        .setHosting(List.of(new Hosting("", "", ""), new Hosting("Überall & Söhne <x>", null, "ZZ")))
                        .build(),
                Bills.with(Component.newBuilder()
                        .setRole("a b/c.d#2")
                        .setModel("no package URL at all")
                        .setRevision("x".repeat(2000))
                        .setLicense("Qwen Research License (non-commercial)")
                        .setOrigins(List.of(new Origin("pkg:huggingface/x/y", null, null)))
                        .build()),
                Bills.with(
                        Component.newBuilder()
                                .setRole("one")
                                .setModel("pkg:huggingface/x/y%20z")
                                .setLicense("llama 3/1")
                                .build(),
                        Component.newBuilder()
                                .setRole("two")
                                .setModel("pkg:huggingface/x/y%20z")
                                .setLicense("llama 3-1")
                                .setDatasets(List.of("", "d", "d"))
                                .build()),
                Bills.least()
                        .setClaims(List.of(
                                Claim.newBuilder()
                                        .setField("attributes.a b")
                                        .setValue("no JSON")
                                        .setConfidence(Confidence.UNRESOLVED)
                                        .setSource("s")
                                        .setObservedAt(Bills.T)
                                        .setEvidence(new Evidence("not an address: [", "00", null, null, null))
                                        .build(),
                                Claim.newBuilder()
                                        .setField("models.gone.license")
                                        .setConfidence(Confidence.UNRESOLVED)
                                        .build()))
                        .build()));
        return bills;
    }

    @ParameterizedTest
    @EnumSource
    void every_bill_keeps_to_the_official_schema(BillFormat format) {
        List<Mbom> bills = new ArrayList<>(odd());
        bills.add(Bills.full());
        bills.add(Bills.deep(20));
        for (Mbom bill : bills) {
            String document = format.write(Bills.json(bill));

            assertThat(OfficialSchemas.violations(format, document)).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void the_schemas_see_a_mistake(BillFormat format) {
        String document = format.write(Bills.json(Bills.full()));

        assertThat(OfficialSchemas.violations(format, document.replaceFirst("2026-03-01T", "yesterday ")))
                .isNotEmpty();
        assertThat(OfficialSchemas.violations(format, document.replaceFirst("\"(bom-ref|spdxId)\"", "\"x\"")))
                .isNotEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void the_same_revision_is_the_same_bytes(BillFormat format) {
        String mbom = Bills.json(Bills.full());

        assertThat(format.write(mbom)).isEqualTo(format.write(mbom)).doesNotContain("\r");
    }

    @ParameterizedTest
    @EnumSource
    void thousands_of_ancestors_are_cut_visibly(BillFormat format) {
        String document = format.write(Bills.json(Bills.deep(5000)));

        assertThat(document)
                .contains("modelwatch:truncated")
                .contains("ancestors of primary: 1000 of 5000 are shown")
                .contains("ancestors of primary: more are known than the bill holds")
                .contains("/deep/m1000\"")
                .doesNotContain("/deep/m1001\"");
    }

    @Test
    void cyclonedx_says_what_the_bill_says() {
        JsonNode bill = JSON.readTree(BillFormat.CYCLONEDX_1_6.write(Bills.json(Bills.full())));

        assertThat(bill.at("/serialNumber").stringValue()).isEqualTo(Bills.SERIAL);
        assertThat(bill.at("/version").intValue()).isEqualTo(3);
        assertThat(bill.at("/metadata/timestamp").stringValue()).isEqualTo("2026-03-01T10:00:00.123Z");
        assertThat(bill.at("/metadata/component/supplier/name").stringValue()).isEqualTo("acme");
        JsonNode model = bill.at("/components/0");
        assertThat(model.at("/type").stringValue()).isEqualTo("machine-learning-model");
        assertThat(model.at("/group").stringValue()).isEqualTo("Qwen");
        assertThat(model.at("/name").stringValue()).isEqualTo("Qwen2.5-7B-Instruct");
        assertThat(model.at("/version").stringValue()).isEqualTo("a09a354");
        assertThat(model.at("/purl").stringValue()).isEqualTo(Bills.MODEL + "@a09a354");
        assertThat(model.at("/licenses/0/license/id").stringValue()).isEqualTo("Apache-2.0");
        assertThat(model.at("/modelCard/modelParameters/datasets/0/name").stringValue())
                .isEqualTo("HuggingFaceFW/fineweb");
        JsonNode ancestor = model.at("/pedigree/ancestors/0");
        assertThat(ancestor.at("/purl").stringValue()).isEqualTo(Bills.BASE);
        assertThat(ancestor.at("/manufacturer/name").stringValue()).isEqualTo("Alibaba Cloud");
        assertThat(ancestor.at("/manufacturer/address/country").stringValue()).isEqualTo("CN");
        assertThat(ancestor.at("/properties").toString())
                .contains("{\"name\":\"modelwatch:ancestor:relation\",\"value\":\"finetune\"}");
        assertThat(bill.at("/components/1/licenses").isMissingNode()).isTrue();
        assertThat(bill.at("/services/0/provider/name").stringValue()).isEqualTo("azure");
        assertThat(bill.at("/services/0/provider/address/country").stringValue())
                .isEqualTo("NL");
        JsonNode claim = bill.at("/declarations/claims/4");
        assertThat(claim.at("/target").stringValue()).isEqualTo("model:primary");
        assertThat(claim.at("/reasoning").stringValue())
                .isEqualTo("inferred by inference: same family and size (score 0.93)");
        assertThat(bill.at("/declarations/claims/6/predicate").stringValue())
                .isEqualTo("models.fallback#2.license is unresolved");
        assertThat(bill.at("/declarations/evidence/0/data/0/contents/url").stringValue())
                .startsWith("https://huggingface.co/api/models");
    }

    @Test
    void every_citation_of_1_7_points_at_something() {
        JsonNode bill = JSON.readTree(BillFormat.CYCLONEDX_1_7.write(Bills.json(Bills.full())));

        assertThat(bill.path("citations")).hasSize(5);
        for (JsonNode citation : bill.path("citations")) {
            String pointer = citation.at("/pointers/0").stringValue();
            assertThat(bill.at(pointer).isMissingNode()).as(pointer).isFalse();
            assertThat(bill.toString())
                    .contains("\"bom-ref\":\"" + citation.path("attributedTo").stringValue() + '"');
        }
    }

    @Test
    void a_licence_that_is_not_listed_is_a_name() {
        Mbom bill = Bills.with(Component.newBuilder()
                .setRole("primary")
                .setModel(Bills.MODEL)
                .setLicense("qwen-research")
                .build());

        JsonNode document = JSON.readTree(BillFormat.CYCLONEDX_1_6.write(Bills.json(bill)));

        assertThat(document.at("/components/0/licenses/0/license/name").stringValue())
                .isEqualTo("qwen-research");
        assertThat(BillFormat.SPDX.write(Bills.json(bill)))
                .contains("\"simplelicensing_licenseExpression\" : \"LicenseRef-modelwatch-1-qwen-research\"");
    }

    @Test
    void every_reference_of_spdx_leads_to_an_element() {
        for (Mbom bill : Stream.concat(odd().stream(), Stream.of(Bills.full())).toList()) {
            JsonNode graph =
                    JSON.readTree(BillFormat.SPDX.write(Bills.json(bill))).path("@graph");
            List<String> ids = new ArrayList<>();
            List<String> references = new ArrayList<>();
            for (JsonNode element : graph) {
                ids.add(element.path("spdxId").asString(""));
                for (String name : List.of("to", "element", "rootElement", "createdBy", "originatedBy")) {
                    element.path(name).forEach(reference -> references.add(reference.stringValue()));
                }
                for (String name : List.of("from", "subject", "suppliedBy")) {
                    element.path(name).asStringOpt().ifPresent(references::add);
                }
            }

            references.removeIf(reference -> reference.endsWith("NoAssertionLicense"));
            assertThat(ids).doesNotHaveDuplicates().containsAll(references);
        }
    }

    @Test
    void what_is_no_bill_is_refused() {
        assertThatThrownBy(() -> BillFormat.SPDX.write("{}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("deployment, serialNumber and at are required");
    }

    @Test
    void the_docs_list_every_property() throws Exception {
        String docs = Files.readString(Path.of("..", "docs", "bills.md"));

        for (BillProperty property : BillProperty.values()) {
            assertThat(docs).contains("| `" + property.label() + "` |");
        }
    }
}
