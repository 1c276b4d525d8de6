package io.modelwatch.producers.receiver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.modelwatch.producers.intake.Batch;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.Observation;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AibomReceiverTest {

    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-06-01T00:00:00Z"));

    private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

    @ParameterizedTest
    @ValueSource(strings = {"application/vnd.cyclonedx+json; version=1.6", "application/json"})
    void aBillIsAnObservationOfItsWorkload(String contentType) throws Exception {
        headers.put("Content-Type", contentType);
        Observation observation = accepted(bill(), Map.of("cluster", "prod", "country", "NL", "owner", "claims"));
        assertThat(observation.getSource()).isEqualTo("aibom");
        assertThat(observation.getSubject()).isEqualTo("prod/prod-inference/deployment/vllm-llama3");
        assertThat(observation.getEffectiveAt()).isEqualTo(Instant.parse("2026-05-10T12:00:00Z"));
        assertThat(observation.getConfidence()).isEqualTo(Confidence.INFERRED);
        assertThat(observation.getEvidence().getSha256())
                .isEqualTo(Ids.sha256(bill().getBytes(StandardCharsets.UTF_8)));
        assertThat(observation.getDeployment().getHosting()).containsExactly(new Hosting(null, null, "NL"));
        assertThat(observation.getDeployment().getModels())
                .extracting(DeployedModel::getRole, DeployedModel::getId, DeployedModel::getRevision)
                .containsExactly(
                        tuple("primary", "pkg:huggingface/meta-llama/Llama-3.1-8B-Instruct", null),
                        tuple("primary#2", "pkg:generic/prod_prod-inference_deployment_vllm-llama3/models_x", null));
        assertThat(observation.getDeployment().getAttributes())
                .containsEntry("runtime", List.of("vllm"))
                .containsEntry("image", List.of("vllm/vllm-openai:v0.6.3"))
                .containsEntry("running", List.of("vllm@sha256:" + "0123456789abcdef".repeat(4)))
                .containsEntry("workload", "deployment/vllm-llama3")
                .containsEntry("category", "inference")
                .containsEntry("unresolved", List.of("primary#2 (/models/x)"));
    }

    @Test
    void propertiesAreReadUnderTheirNewNamesToo() throws Exception {
        Observation old = accepted(bill(), Map.of());
        Observation renamed = accepted(
                bill().replace("\"aibom.workload.", "\"k8s-aibom:workload:")
                        .replace("\"aibom.evidence.", "\"k8s-aibom:evidence:")
                        .replace("\"aibom.confidence", "\"k8s-aibom:confidence")
                        .replace("\"container.name", "\"k8s-aibom:container:name")
                        .replace("\"runtime.name", "\"k8s-aibom:runtime:name")
                        .replace("\"image.reference", "\"k8s-aibom:image:reference"),
                Map.of());
        assertThat(renamed.getFactsDigest()).isEqualTo(old.getFactsDigest());
    }

    @Test
    void theSameDocumentTwiceIsTheSameObservation() throws Exception {
        assertThat(accepted(bill(), Map.of()).getId())
                .isEqualTo(accepted(bill(), Map.of()).getId());
    }

    @Test
    void theWeakestConfidenceHolds() throws Exception {
        String declared = bill().replace("\"inferred\"", "\"declared\"");
        assertThat(accepted(declared, Map.of()).getConfidence()).isEqualTo(Confidence.DECLARED);
    }

    @ParameterizedTest
    @CsvSource({
        "X-Aibom-Document-Hash,sha256:" + "0000000000000000000000000000000000000000000000000000000000000000"
                + ",changed on its way",
        "X-Aibom-Document-Hash,,64 hex digits",
        "X-Aibom-Document-Hash,md5:00,64 hex digits",
        "X-Aibom-Workload-Kind,,must be there",
        "X-Aibom-Workload-Namespace,a b,must be there",
        "X-Aibom-Workload-Name,other,another workload",
        "Content-Type,text/html,must be application/vnd.cyclonedx+json",
    })
    void aHeaderThatIsWrongRefusesTheBill(String header, String value, String words) {
        headers(bill());
        if (value == null) {
            headers.remove(header);
        } else {
            headers.put(header, value);
        }
        assertThat(read(bill(), Map.of()).errors())
                .singleElement()
                .satisfies(error -> assertThat(error.message()).contains(words));
    }

    @Test
    void aDocumentThatIsNoneIsRefusedAndNeverQuoted() {
        Map<String, String> faults = new HashMap<>();
        faults.put("{\"bomFormat\":\"SPDX\"}", "must be CycloneDX");
        faults.put("{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\"}", "must be 1.6");
        faults.put("{\"very-secret", "not one whole JSON document");
        faults.put("[".repeat(100_000), "not one whole JSON document");
        faults.put(
                "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"components\":[" + "{},".repeat(3000) + "{}]}",
                "more than 2000");
        faults.forEach((body, words) -> {
            headers(body);
            assertThat(read(body, Map.of()).errors())
                    .singleElement()
                    .satisfies(
                            error -> assertThat(error.message()).contains(words).doesNotContain("very-secret"));
        });
    }

    @Test
    void onlyWhoKnowsTheTokenIsAdmitted() throws Exception {
        AibomReceiver receiver = new AibomReceiver(config(Map.of("tokenEnv", "AIBOM_TOKEN")), name -> "right");
        assertThat(receiver.admits(name -> "Bearer right")).isTrue();
        assertThat(receiver.admits(name -> "bearer right ")).isTrue();
        for (String wrong : List.of("Bearer wrong", "right", "", "Bearer ")) {
            assertThat(receiver.admits(name -> wrong)).as(wrong).isFalse();
        }
        assertThat(receiver.admits(name -> null)).isFalse();
        assertThat(new AibomReceiver(config(Map.of()), name -> null).admits(name -> null))
                .isTrue();
        assertThatThrownBy(() -> new AibomReceiver(config(Map.of("tokenEnv", "AIBOM_TOKEN")), name -> null)
                        .admits(name -> "Bearer x"))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("AIBOM_TOKEN");
    }

    @Test
    void illegalSettingsNameTheKeyAndTheLegalForm() {
        assertThatThrownBy(() -> ReceiverConfig.fromMap(Map.of("name", "a"))).hasMessageContaining("'type' is missing");
        assertThatThrownBy(() -> ReceiverConfig.fromMap(Map.of("name", "a", "type", "x")))
                .hasMessageContaining("must be k8s-aibom");
        assertThatThrownBy(() -> config(Map.of("country", "Holland")))
                .hasMessageStartingWith("receiver aibom: country");
        assertThatThrownBy(() -> config(Map.of("nmae", "a"))).hasMessageContaining("unknown key 'nmae'");
    }

    private Observation accepted(String body, Map<String, Object> settings) {
        headers(body);
        Batch<Observation> batch = read(body, settings);
        assertThat(batch.errors()).isEmpty();
        return batch.accepted().getFirst();
    }

    private void headers(String body) {
        headers.putIfAbsent("Content-Type", "application/vnd.cyclonedx+json; version=1.6");
        headers.put("X-Aibom-Document-Hash", "sha256:" + Ids.sha256(body.getBytes(StandardCharsets.UTF_8)));
        headers.put("X-Aibom-Workload-Kind", "Deployment");
        headers.put("X-Aibom-Workload-Namespace", "prod-inference");
        headers.put("X-Aibom-Workload-Name", "vllm-llama3");
    }

    private Batch<Observation> read(String body, Map<String, Object> settings) {
        return new AibomReceiver(config(settings), name -> null)
                .read(headers::get, body.getBytes(StandardCharsets.UTF_8), CLOCK);
    }

    private static ReceiverConfig config(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put("name", "aibom");
        all.put("type", "k8s-aibom");
        return ReceiverConfig.fromMap(all);
    }

    static String bill() {
        return """
                {"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"metadata":{"timestamp":"2026-05-10T12:00:00Z",
                "component":{"type":"application","group":"prod-inference","name":"vllm-llama3","properties":[
                {"name":"aibom.workload.kind","value":"Deployment"},{"name":"aibom.workload.namespace","value":"prod-inference"},
                {"name":"aibom.workload.name","value":"vllm-llama3"},{"name":"aibom.workload.category","value":"inference"}]},
                "properties":[{"name":"aibom.confidence","value":"inferred"}]},
                "components":[
                {"type":"application","name":"vllm","version":"v0.6.3","properties":[{"name":"runtime.name","value":"vllm"}]},
                {"type":"container","name":"vllm/vllm-openai","version":"v0.6.3",
                "hashes":[{"alg":"SHA-256","content":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}],
                "properties":[{"name":"aibom.evidence.source","value":"pod_status"},{"name":"container.name","value":"vllm"},
                {"name":"image.reference","value":"vllm/vllm-openai:v0.6.3"}]},
                {"type":"data","name":"llama-weights"},
                {"type":"machine-learning-model","name":"meta-llama/Llama-3.1-8B-Instruct","properties":[
                {"name":"aibom.confidence","value":"declared"},{"name":"aibom.evidence.source","value":"container_arg"}]},
                {"type":"machine-learning-model","name":"meta-llama/Llama-3.1-8B-Instruct","properties":[
                {"name":"aibom.confidence","value":"inferred"},{"name":"aibom.evidence.source","value":"env_var"}]},
                {"type":"machine-learning-model","name":"/models/x","properties":[
                {"name":"aibom.confidence","value":"declared"},{"name":"aibom.evidence.source","value":"container_arg"}]}]}
                """;
    }
}
