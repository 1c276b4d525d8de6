package io.modelwatch.schemas.json;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.Ancestor;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Claim;
import io.modelwatch.schemas.avro.Component;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.JudgedChange;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.NearestProcurement;
import io.modelwatch.schemas.avro.Origin;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.schemas.avro.ProcurementRef;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.Severity;
import io.modelwatch.schemas.avro.SourceCondition;
import io.modelwatch.schemas.avro.SourceHealth;
import io.modelwatch.schemas.avro.SourceState;
import io.modelwatch.schemas.avro.SweepOutcome;
import io.modelwatch.schemas.avro.Verdict;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** The forms as the contract has them, character by character: order, spelling and what is left out. */
class JsonFormsTest {

    private static final Instant TEN = Instant.parse("2026-03-01T10:00:00Z");
    private static final Instant NINE = Instant.parse("2026-03-01T09:58:12Z");
    private static final String QWEN = "pkg:huggingface/Qwen/Qwen2.5-7B";

    static {
        Topics.all(); // Our generated classes are trusted from here on.
    }

    @Test
    void change() {
        Change change = licenseChange()
                .setEvidence(new Evidence("https://x", "ab", "api", null, null))
                .build();

        is(JsonForms.change(change), """
                {"id":"c1","subject":"pkg:huggingface/Qwen/Qwen2.5-7B","kind":"LICENSE_CHANGED","field":"license",\
                "before":"apache-2.0","after":"qwen","source":"huggingface","effectiveAt":"2026-03-01T09:58:12Z",\
                "observedAt":"2026-03-01T10:00:00Z","correlationId":"o1",\
                "evidence":{"url":"https://x","sha256":"ab","method":"api"}}""");
    }

    @Test
    void whatWasInferredBearsItsMark() {
        Change change = licenseChange()
                .setKind(ChangeKind.LINEAGE_INFERRED)
                .setField("parents")
                .setConfidence(Confidence.INFERRED)
                .setEvidence(new Evidence(null, null, "name", "name holds qwen-2.5-7b", 0.9))
                .build();

        is(JsonForms.change(change), """
                {"id":"c1","subject":"pkg:huggingface/Qwen/Qwen2.5-7B","kind":"LINEAGE_INFERRED","field":"parents",\
                "before":"apache-2.0","after":"qwen","source":"huggingface","effectiveAt":"2026-03-01T09:58:12Z",\
                "observedAt":"2026-03-01T10:00:00Z","correlationId":"o1","confidence":"inferred",\
                "evidence":{"method":"name","basis":"name holds qwen-2.5-7b","score":0.9}}""");
    }

    @Test
    void changeWithoutFieldOrEvidence() {
        Change change = licenseChange()
                .setKind(ChangeKind.APPEARED)
                .setField(null)
                .setBefore(null)
                .setAfter(null)
                .build();

        is(JsonForms.change(change), """
                {"id":"c1","subject":"pkg:huggingface/Qwen/Qwen2.5-7B","kind":"APPEARED","source":"huggingface",\
                "effectiveAt":"2026-03-01T09:58:12Z","observedAt":"2026-03-01T10:00:00Z","correlationId":"o1"}""");
    }

    @Test
    void valuesKeepTheirTypeAndDigits() {
        assertThat(after("0.00000015")).isIn("0.00000015", "1.5E-7");
        assertThat(after("true")).isEqualTo("true");
        assertThat(after("9007199254740993")).isEqualTo("9007199254740993");
        assertThat(after("[{\"id\":\"a\"}]")).isEqualTo("[{\"id\":\"a\"}]");
        assertThat(after("not json")).isEqualTo("\"not json\"");
        assertThat(after("")).isEqualTo("\"\"");
    }

    @Test
    void lineage() {
        ParentRef quantized = new ParentRef("pkg:huggingface/c/d", "quantized");
        ParentRef finetune = new ParentRef(QWEN, "finetune");
        Lineage lineage = Lineage.newBuilder()
                .setModel("pkg:huggingface/a/b")
                .setAncestry(List.of(
                        ancestor("pkg:huggingface/c/d", "quantized", 1, List.of(quantized), Confidence.VERIFIED),
                        ancestor(QWEN, "finetune", 2, List.of(quantized, finetune), Confidence.DECLARED)))
                .build();

        assertThat(JsonForms.lineage(lineage)).extracting(ObjectNode::toString).containsExactly("""
                        {"model":"pkg:huggingface/a/b","ancestor":"pkg:huggingface/c/d","depth":1,\
                        "path":[{"id":"pkg:huggingface/c/d","relation":"quantized"}],"confidence":"verified"}""", """
                        {"model":"pkg:huggingface/a/b","ancestor":"pkg:huggingface/Qwen/Qwen2.5-7B","depth":2,\
                        "path":[{"id":"pkg:huggingface/c/d","relation":"quantized"},\
                        {"id":"pkg:huggingface/Qwen/Qwen2.5-7B","relation":"finetune"}],"confidence":"declared"}""");
    }

    @Test
    void ancestry() {
        ParentRef step = new ParentRef(QWEN, "finetune");
        Lineage lineage = Lineage.newBuilder()
                .setModel("pkg:huggingface/a/b")
                .setKnown(true)
                .setLicense("mit")
                .setDatasets(List.of("wikipedia"))
                .setOwnerId("u1")
                .setParents(List.of(step))
                .setConfidence(Confidence.INFERRED)
                .setOrigins(List.of(new Origin(QWEN, "Alibaba", "CN")))
                .setAncestry(
                        List.of(Ancestor.newBuilder(ancestor(QWEN, "finetune", 1, List.of(step), Confidence.INFERRED))
                                .setKnown(true)
                                .setRoot(true)
                                .setLicense("apache-2.0")
                                .build()))
                .setCorrelationId("o1")
                .build();

        is(JsonForms.ancestry(lineage), """
                {"model":"pkg:huggingface/a/b","known":true,"removed":false,"license":"mit","datasets":["wikipedia"],\
                "ownerId":"u1","parents":[{"id":"pkg:huggingface/Qwen/Qwen2.5-7B","relation":"finetune"}],"root":false,\
                "confidence":"inferred","origins":[{"organization":"Alibaba","country":"CN",\
                "model":"pkg:huggingface/Qwen/Qwen2.5-7B"}],"ancestry":[{"id":"pkg:huggingface/Qwen/Qwen2.5-7B",\
                "relation":"finetune","depth":1,"path":[{"id":"pkg:huggingface/Qwen/Qwen2.5-7B",\
                "relation":"finetune"}],"confidence":"inferred","known":true,"removed":false,"license":"apache-2.0",\
                "datasets":[],"root":true,"cyclic":false,"truncated":false}],"cycle":[],"truncated":false,\
                "correlationId":"o1"}""");
    }

    @Test
    void mbom() {
        ParentRef step = new ParentRef(QWEN, "finetune");
        Mbom mbom = Mbom.newBuilder()
                .setDeployment("support-copilot")
                .setSerialNumber("urn:uuid:1")
                .setRevision(3)
                .setAt(TEN)
                .setCause("c1")
                .setChanged(List.of("models.primary.id"))
                .setComponents(List.of(Component.newBuilder()
                        .setRole("primary")
                        .setModel("pkg:huggingface/a/b")
                        .setRevision("a09a354")
                        .setRequested("ab")
                        .setServed("a-b")
                        .setLicense("apache-2.0")
                        .setDatasets(List.of("wikipedia"))
                        .setOrigins(List.of(new Origin(QWEN, "Alibaba", "CN")))
                        .setAncestry(List.of(
                                Ancestor.newBuilder(ancestor(QWEN, "finetune", 1, List.of(step), Confidence.DECLARED))
                                        .setLicense("apache-2.0")
                                        .setDatasets(List.of("wikipedia"))
                                        .build()))
                        .build()))
                .setHosting(List.of(new Hosting("azure", "westeurope", "NL")))
                .setVendor("acme")
                .setOwner("cx-team")
                .setClaims(List.of(Claim.newBuilder()
                        .setField("owner")
                        .setValue("\"cx-team\"")
                        .setConfidence(Confidence.OBSERVED)
                        .setSource("litellm")
                        .setObservedAt(TEN)
                        .setEvidence(new Evidence(null, null, "api", null, null))
                        .build()))
                .setCorrelationId("o1")
                .build();

        is(JsonForms.mbom(mbom), """
                {"deployment":"support-copilot","serialNumber":"urn:uuid:1","revision":3,"at":"2026-03-01T10:00:00Z",\
                "cause":"c1","changed":["models.primary.id"],"components":[{"role":"primary",\
                "model":"pkg:huggingface/a/b","revision":"a09a354","requested":"ab","served":"a-b",\
                "license":"apache-2.0","datasets":["wikipedia"],"origins":[{"organization":"Alibaba","country":"CN",\
                "model":"pkg:huggingface/Qwen/Qwen2.5-7B"}],"ancestry":[{"id":"pkg:huggingface/Qwen/Qwen2.5-7B",\
                "relation":"finetune","depth":1,"path":[{"id":"pkg:huggingface/Qwen/Qwen2.5-7B",\
                "relation":"finetune"}],"confidence":"declared","license":"apache-2.0","datasets":["wikipedia"]}]}],"hosting":[{"provider":"azure","region":"westeurope","country":"NL"}],\
                "vendor":"acme","owner":"cx-team","claims":[{"field":"owner","value":"cx-team",\
                "confidence":"observed","source":"litellm","observedAt":"2026-03-01T10:00:00Z",\
                "evidence":{"method":"api"}}]}""");
    }

    @Test
    void alertWithItsVerdict() {
        is(JsonForms.alert(alert(judged(null))), """
                {"id":"a1","deployment":"support-copilot","kinds":["MODEL_SWAPPED"],"verdict":"UNAPPROVED",\
                "disclosed":false,"severity":"high","state":"open","openedAt":"2026-03-01T10:00:00Z",\
                "updatedAt":"2026-03-01T10:00:00Z","changes":[%s],\
                "nearestProcurement":{"id":"CHG-1042","whyNot":"expired"},\
                "procurement":[{"id":"CHG-1042","type":"approval","reference":"https://tickets.example.com/CHG-1042"}],\
                "policy":"standard","policyVersion":"1",\
                "nextStep":"ask","vendor":"acme","owner":"cx-team","cause":"c1","correlationId":"o1"}""".formatted(verdictBy("null")));
    }

    @Test
    void verdictNamesTheEventBehindIt() {
        JudgedChange judged = judged("CHG-1042");

        is(JsonForms.verdict(alert(judged), judged), verdictBy("\"CHG-1042\""));
    }

    @Test
    void sourceHealth() {
        SourceHealth health = SourceHealth.newBuilder()
                .setSource("huggingface")
                .setType("huggingface")
                .setScope("author:Qwen")
                .setState(SourceState.BLIND)
                .setCondition(SourceCondition.UNREACHABLE)
                .setLastChangedAt(NINE)
                .setSince(NINE)
                .setAt(TEN)
                .setLastSweepStartedAt(NINE)
                .setLastSweepCompletedAt(TEN)
                .setOutcome(SweepOutcome.FAILED)
                .setError("503 Service Unavailable")
                .setConsecutiveFailures(2)
                .build();

        is(JsonForms.sourceHealth(health), """
                {"source":"huggingface","type":"huggingface","scope":"author:Qwen","state":"blind","condition":"unreachable",\
                "since":"2026-03-01T09:58:12Z","at":"2026-03-01T10:00:00Z",\
                "lastSweepStartedAt":"2026-03-01T09:58:12Z","lastSweepCompletedAt":"2026-03-01T10:00:00Z",\
                "lastChangedAt":"2026-03-01T09:58:12Z","outcome":"failed","error":"503 Service Unavailable","consecutiveFailures":2}""");
    }

    private static Change.Builder licenseChange() {
        return Change.newBuilder()
                .setId("c1")
                .setSubject(QWEN)
                .setKind(ChangeKind.LICENSE_CHANGED)
                .setField("license")
                .setBefore("\"apache-2.0\"")
                .setAfter("\"qwen\"")
                .setSource("huggingface")
                .setEffectiveAt(NINE)
                .setObservedAt(TEN)
                .setCorrelationId("o1");
    }

    private static String after(String json) {
        return JsonForms.change(licenseChange().setAfter(json).build())
                .get("after")
                .toString();
    }

    private static JudgedChange judged(String by) {
        return JudgedChange.newBuilder()
                .setChange(ProvenanceChange.newBuilder()
                        .setId("p1")
                        .setKind(ChangeKind.MODEL_SWAPPED)
                        .setField("models.primary.id")
                        .setBefore("\"pkg:huggingface/a/b\"")
                        .setAfter("\"pkg:huggingface/c/d\"")
                        .setEffectiveAt(NINE)
                        .setObservedAt(TEN)
                        .setCorrelationId("o1")
                        .build())
                .setVerdict(Verdict.UNAPPROVED)
                .setLive(true)
                .setBy(by)
                .build();
    }

    private static String verdictBy(String by) {
        return """
                {"deployment":"support-copilot","changeId":"p1","kind":"MODEL_SWAPPED","field":"models.primary.id",\
                "before":"pkg:huggingface/a/b","after":"pkg:huggingface/c/d","effectiveAt":"2026-03-01T09:58:12Z",\
                "observedAt":"2026-03-01T10:00:00Z","live":true,"verdict":"UNAPPROVED","disclosed":false,"by":%s,\
                "alert":"a1"}""".formatted(by);
    }

    private static Alert alert(JudgedChange judged) {
        return Alert.newBuilder()
                .setId("a1")
                .setDeployment("support-copilot")
                .setKinds(List.of(ChangeKind.MODEL_SWAPPED))
                .setVerdict(Verdict.UNAPPROVED)
                .setSeverity(Severity.HIGH)
                .setState(AlertState.OPEN)
                .setOpenedAt(TEN)
                .setUpdatedAt(TEN)
                .setChanges(List.of(judged))
                .setNearestProcurement(new NearestProcurement("CHG-1042", "expired"))
                .setProcurement(
                        List.of(new ProcurementRef("CHG-1042", "approval", "https://tickets.example.com/CHG-1042")))
                .setPolicy("standard")
                .setPolicyVersion("1")
                .setNextStep("ask")
                .setVendor("acme")
                .setOwner("cx-team")
                .setCause("c1")
                .setCorrelationId("o1")
                .build();
    }

    private static void is(ObjectNode form, String expected) {
        assertThat(form).hasToString(expected);
    }

    private static Ancestor ancestor(
            String id, String relation, int depth, List<ParentRef> path, Confidence confidence) {
        return Ancestor.newBuilder()
                .setId(id)
                .setRelation(relation)
                .setDepth(depth)
                .setPath(path)
                .setConfidence(confidence)
                .build();
    }
}
