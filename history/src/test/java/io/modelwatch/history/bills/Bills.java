package io.modelwatch.history.bills;

import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.Ancestor;
import io.modelwatch.schemas.avro.Claim;
import io.modelwatch.schemas.avro.Component;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.Origin;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.schemas.json.JsonForms;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** MBOMs to be written. */
final class Bills {

    static final Instant T = Instant.parse("2026-03-01T10:00:00.123Z");
    static final String MODEL = "pkg:huggingface/Qwen/Qwen2.5-7B-Instruct";
    /** As the MBOM topology gives it. */
    static final String SERIAL = Ids.serialNumber("support-copilot");

    static final String BASE = "pkg:huggingface/Qwen/Qwen2.5-7B";

    private Bills() {}

    /** With everything that a bill may hold. */
    static Mbom full() {
        return least().setCause("c1")
                .setType("copilot")
                .setVendor("acme")
                .setOwner("cx-team")
                .setChanged(List.of("models.primary", "hosting"))
                .setComponents(List.of(
                        Component.newBuilder()
                                .setRole("primary")
                                .setModel(MODEL)
                                .setRevision("a09a354")
                                .setRequested("qwen2.5-7b")
                                .setServed("qwen2.5-7b-awq")
                                .setLicense("apache-2.0")
                                .setDatasets(List.of("HuggingFaceFW/fineweb"))
                                .setOrigins(List.of(new Origin(BASE, "Alibaba Cloud", "CN")))
                                .setAncestry(List.of(ancestor(1, BASE, "finetune", Confidence.DECLARED)))
                                .setKnown(true)
                                .build(),
                        Component.newBuilder()
                                .setRole("fallback#2")
                                .setModel(BASE)
                                .setOrigins(List.of(new Origin(BASE, "Alibaba Cloud", "CN")))
                                .build()))
                .setHosting(
                        List.of(new Hosting("azure", "westeurope", "NL"), new Hosting(null, null, "DE"), new Hosting()))
                .setClaims(List.of(
                        claim("models.primary.id", '"' + MODEL + '"', Confidence.OBSERVED),
                        claim("models.primary.license", "\"apache-2.0\"", Confidence.DECLARED),
                        claim("hosting", "[{\"country\":\"NL\"}]", Confidence.OBSERVED),
                        claim("vendor", "\"acme\"", Confidence.DECLARED),
                        Claim.newBuilder()
                                .setField("models.primary.parents")
                                .setValue("[]")
                                .setConfidence(Confidence.INFERRED)
                                .setSource("inference")
                                .setObservedAt(T)
                                .setEvidence(new Evidence(null, null, "name", "same family and size", 0.93))
                                .build(),
                        Claim.newBuilder()
                                .setField("models.primary.origins")
                                .setValue("[\"CN\"]")
                                .setConfidence(Confidence.DECLARED)
                                .setSource("modelwatch")
                                .build(),
                        Claim.newBuilder()
                                .setField("models.fallback#2.license")
                                .setConfidence(Confidence.UNRESOLVED)
                                .build()))
                .build();
    }

    /** With no more than a bill must hold. */
    static Mbom.Builder least() {
        return Mbom.newBuilder()
                .setDeployment("support-copilot")
                .setSerialNumber(SERIAL)
                .setRevision(3)
                .setAt(T)
                .setCorrelationId("o1");
    }

    static Ancestor ancestor(int depth, String model, String relation, Confidence confidence) {
        return Ancestor.newBuilder()
                .setId(model)
                .setRelation(relation)
                .setDepth(depth)
                .setPath(List.of(new ParentRef(model, relation)))
                .setConfidence(confidence)
                .setLicense("mit")
                .setDatasets(List.of("HuggingFaceFW/fineweb"))
                .build();
    }

    /** One model that descends from so many. */
    static Mbom deep(int ancestors) {
        List<Ancestor> ancestry = new ArrayList<>();
        for (int i = 1; i <= ancestors; i++) {
            ancestry.add(ancestor(i, "pkg:huggingface/deep/m" + i, "merge", Confidence.DECLARED));
        }
        return with(Component.newBuilder()
                .setRole("primary")
                .setModel(MODEL)
                .setAncestry(ancestry)
                .setTruncated(true)
                .build());
    }

    static Mbom with(Component... components) {
        return least().setComponents(List.of(components)).build();
    }

    static String json(Mbom mbom) {
        return JsonForms.mbom(mbom).toString();
    }

    private static Claim claim(String field, String value, Confidence confidence) {
        return Claim.newBuilder()
                .setField(field)
                .setValue(value)
                .setConfidence(confidence)
                .setSource("huggingface")
                .setObservedAt(T)
                .setEvidence(new Evidence(
                        "https://huggingface.co/api/models?author=Qwen&full=true", "ab".repeat(32), "api", null, null))
                .build();
    }
}
