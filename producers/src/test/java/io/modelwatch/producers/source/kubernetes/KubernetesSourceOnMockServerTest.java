package io.modelwatch.producers.source.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.modelwatch.producers.source.DeploymentReading;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.Hosting;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against fabric8's mock of an API server, which answers as it is told: no cluster was asked. */
class KubernetesSourceOnMockServerTest {

    private static final String SERVICES = "/apis/serving.kserve.io/v1beta1/inferenceservices";
    private static final String DEPLOYMENTS = "/apis/apps/v1/deployments";
    private static final String STATEFUL_SETS = "/apis/apps/v1/statefulsets";
    private static final String DAEMON_SETS = "/apis/apps/v1/daemonsets";
    private static final String JOBS = "/apis/batch/v1/jobs";
    private static final String CRON_JOBS = "/apis/batch/v1/cronjobs";
    private static final String PODS = "/api/v1/pods";
    private static final List<String> ALL =
            List.of(SERVICES, DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS, JOBS, CRON_JOBS, PODS);
    private static final String EMPTY = "{\"kind\":\"List\",\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[]}";

    private final KubernetesMockServer server = new KubernetesMockServer(false);
    private final Map<String, DeploymentFacts> facts = new LinkedHashMap<>();
    private final AtomicInteger hints = new AtomicInteger();

    @BeforeEach
    void start() {
        server.init();
    }

    @AfterEach
    void stop() {
        server.destroy();
    }

    @Test
    void aDeploymentTellsItsModelItsRevisionAndTheImageThatRuns() throws Exception {
        answer(SERVICES, 404, "");
        answer(DEPLOYMENTS, 200, recorded("kubernetes-deployments.json"));
        answerEmpty(STATEFUL_SETS, DAEMON_SETS, JOBS, CRON_JOBS);
        answer(PODS, 200, recorded("kubernetes-pods.json"));
        assertThat(sweep(Map.of("cluster", "prod", "owner", "claims", "provider", "own", "country", "NL")))
                .isNull();
        assertThat(facts.keySet()).containsExactly("prod/claims/deployment/vllm-qwen", "prod/claims/pod/debug");
        DeploymentFacts vllm = facts.get("prod/claims/deployment/vllm-qwen");
        assertThat(vllm.getModels())
                .extracting(
                        DeployedModel::getRole,
                        DeployedModel::getId,
                        DeployedModel::getRevision,
                        DeployedModel::getRequested)
                .containsExactly(
                        tuple(
                                "primary",
                                "pkg:huggingface/Qwen/Qwen2.5-7B-Instruct",
                                "a09a35458c702b33eeacc393d103063234e8bc28",
                                "claims-llm"),
                        tuple("fraud", "pkg:huggingface/acme/fraud-lora", null, "fraud"));
        assertThat(vllm.getHosting()).containsExactly(new Hosting("own", null, "NL"));
        assertThat(vllm.getAttributes())
                .containsEntry("runtime", List.of("vllm"))
                .containsEntry("image", List.of("vllm/vllm-openai:v0.10.1"))
                .containsEntry("running", List.of("vllm@sha256:" + "1".repeat(64)))
                .containsEntry("environment", List.of("HF_TOKEN", "VLLM_API_KEY"))
                .containsEntry("arguments", List.of("--api-key", "--max-model-len=8192"))
                .doesNotContainKey("unpinned");
        assertThat(facts.get("prod/claims/pod/debug").getAttributes())
                .containsEntry("unpinned", List.of("primary"))
                .containsEntry("runtime", List.of("tgi"));
    }

    @Test
    void noValueOfAVariableAndNoKeyComesThrough() throws Exception {
        healthy();
        sweep(Map.of());
        assertThat(facts.toString()).isNotEmpty().doesNotContain("very-secret");
    }

    @Test
    void aServiceOfKServeIsToldOfWithThePodsThatKServeMakesForIt() throws Exception {
        answer(SERVICES, 200, recorded("kserve.json"));
        answer(DEPLOYMENTS, 200, recorded("kserve-deployments.json"));
        answerEmpty(STATEFUL_SETS, DAEMON_SETS, JOBS, CRON_JOBS);
        answer(PODS, 200, recorded("kserve-pods.json"));
        assertThat(sweep(Map.of("deployments", Map.of("project/inferenceservice/llama", "hr-screening"))))
                .isNull();
        assertThat(facts).containsOnlyKeys("kubernetes/project/inferenceservice/model-name", "hr-screening");
        assertThat(facts.get("hr-screening").getModels())
                .extracting(DeployedModel::getId, DeployedModel::getRevision, DeployedModel::getRole)
                .containsExactly(tuple("pkg:huggingface/meta-llama/Llama-3.1-8B-Instruct", "0e9e39f", "primary"));
        assertThat(facts.get("hr-screening").getAttributes())
                .containsEntry("running", List.of("kserve-container@sha256:" + "2".repeat(64)))
                .containsEntry("model_format", "huggingface");
        assertThat(facts.get("kubernetes/project/inferenceservice/model-name").getAttributes())
                .containsEntry("model_format", "onnx")
                .containsEntry("deployment_mode", "ModelMesh")
                .containsEntry("unresolved", List.of("primary (storage://aws-connection-test/)"));
    }

    /** In the form that the API reference documents (apps/v1, batch/v1); no cluster was recorded with these. */
    @Test
    void daemonSetsJobsAndCronJobsAreReadAndWhatHasEndedIsNot() throws Exception {
        answer(SERVICES, 404, "");
        answer(DEPLOYMENTS, 200, EMPTY);
        answerEmpty(STATEFUL_SETS);
        String template =
                "\"template\":{\"spec\":{\"containers\":[{\"name\":\"llm\",\"image\":\"vllm/vllm-openai:v0.10.1\","
                        + "\"args\":[\"--model\",\"Qwen/Qwen2.5-7B-Instruct\"]}]}}";
        answer(DAEMON_SETS, 200, list("DaemonSet", item("edge-llm", "", "{" + template + "}", "{}")));
        answer(
                CRON_JOBS,
                200,
                list(
                        "CronJob",
                        item(
                                "nightly",
                                "",
                                "{\"schedule\":\"0 2 * * *\",\"jobTemplate\":{\"spec\":{" + template + "}}}",
                                "{}")));
        answer(
                JOBS,
                200,
                list(
                        "Job",
                        item("nightly-1", owner("batch/v1", "CronJob", "nightly"), "{" + template + "}", "{}"),
                        item("once", "", "{" + template + "}", "{\"active\":1}"),
                        item(
                                "done",
                                "",
                                "{" + template + "}",
                                "{\"conditions\":[{\"type\":\"Complete\",\"status\":\"True\"}]}")));
        String containers = template.substring("\"template\":{\"spec\":".length(), template.length() - 1);
        String runs = "{\"containerStatuses\":[{\"name\":\"llm\",\"state\":{\"running\":{}},\"imageID\":"
                + "\"docker.io/vllm/vllm-openai@sha256:" + "3".repeat(64) + "\"}]}";
        answer(
                PODS,
                200,
                list(
                        "Pod",
                        item("edge-llm-x", owner("apps/v1", "DaemonSet", "edge-llm"), containers, runs),
                        item("nightly-1-x", owner("batch/v1", "Job", "nightly-1"), containers, runs)));
        assertThat(sweep(Map.of())).isNull();
        assertThat(facts)
                .containsOnlyKeys(
                        "kubernetes/ai/daemonset/edge-llm", "kubernetes/ai/cronjob/nightly", "kubernetes/ai/job/once");
        List<String> running = List.of("llm@sha256:" + "3".repeat(64));
        assertThat(facts.get("kubernetes/ai/daemonset/edge-llm").getAttributes())
                .containsEntry("running", running);
        assertThat(facts.get("kubernetes/ai/cronjob/nightly").getAttributes()).containsEntry("running", running);
        assertThat(facts.get("kubernetes/ai/job/once").getModels())
                .extracting(DeployedModel::getId)
                .containsExactly("pkg:huggingface/Qwen/Qwen2.5-7B-Instruct");
    }

    private static String list(String kind, String... items) {
        return "{\"kind\":\"" + kind + "List\",\"metadata\":{\"resourceVersion\":\"1\"},\"items\":["
                + String.join(",", items) + "]}";
    }

    private static String item(String name, String owner, String spec, String status) {
        return "{\"metadata\":{\"namespace\":\"ai\",\"name\":\"" + name + "\"" + owner + "},\"spec\":" + spec
                + ",\"status\":" + status + "}";
    }

    private static String owner(String version, String kind, String name) {
        return ",\"ownerReferences\":[{\"apiVersion\":\"" + version + "\",\"kind\":\"" + kind + "\",\"name\":\"" + name
                + "\",\"uid\":\"u\",\"controller\":true}]";
    }

    @Test
    void aListIsReadPageByPage() throws Exception {
        answer(SERVICES, 404, "");
        server.expect()
                .get()
                .withPath(DEPLOYMENTS + "?limit=250")
                .andReturn(
                        200,
                        recorded("kubernetes-deployments.json").replace("\"continue\":\"\"", "\"continue\":\"p2\""))
                .always();
        server.expect()
                .get()
                .withPath(DEPLOYMENTS + "?continue=p2&limit=250")
                .andReturn(200, recorded("kubernetes-deployments.json").replace("vllm-qwen", "second"))
                .always();
        answerEmpty(STATEFUL_SETS, DAEMON_SETS, JOBS, CRON_JOBS);
        answer(PODS, 200, EMPTY);
        assertThat(sweep(Map.of())).isNull();
        assertThat(facts)
                .containsOnlyKeys("kubernetes/claims/deployment/vllm-qwen", "kubernetes/claims/deployment/second");
    }

    @ParameterizedTest
    @CsvSource({
        SERVICES + ",inferenceservices.serving.kserve.io",
        DEPLOYMENTS + ",deployments.apps",
        STATEFUL_SETS + ",statefulsets.apps",
        DAEMON_SETS + ",daemonsets.apps",
        JOBS + ",jobs.batch",
        CRON_JOBS + ",cronjobs.batch",
        PODS + ",pods"
    })
    void whatMayNotBeListedMakesTheSweepPartialAndIsNamed(String path, String resource) throws Exception {
        for (String other : ALL) {
            answer(other, other.equals(path) ? 403 : 200, EMPTY);
        }
        assertThat(sweep(Map.of()))
                .isEqualTo(resource + " may not be listed (403 Forbidden): grant 'list' on them, see docs/sources.md");
    }

    @ParameterizedTest
    @CsvSource({"401,401 Unauthorized", "410,410 Gone", "400,status 400"})
    void anyOtherFailureTellsNothingAtAll(int status, String words) {
        answer(SERVICES, 200, EMPTY);
        answer(DEPLOYMENTS, 200, EMPTY);
        answerEmpty(STATEFUL_SETS, DAEMON_SETS, JOBS, CRON_JOBS);
        answer(PODS, status, "{}");
        assertThatThrownBy(() -> sweep(Map.of()))
                .hasMessageStartingWith(words)
                .hasMessageContaining("http://localhost:" + server.getPort())
                .hasMessageEndingWith("for pods");
        assertThat(facts).isEmpty();
    }

    @Test
    void aServerThatIsNoClusterOrAdmitsToNothingFails() {
        assertThatThrownBy(() -> sweep(Map.of())).hasMessageContaining("is it the address of a cluster?");
        for (String path : ALL) {
            answer(path, 403, "{}");
        }
        assertThatThrownBy(() -> sweep(Map.of())).hasMessageContaining("pods may not be listed");
    }

    @Test
    void aChangeThatTheClusterTellsOfAsksForASweepAndAMovedStatusDoesNot() throws Exception {
        healthy();
        String deployment = recorded("kubernetes-deployments.json");
        String item = deployment.substring(deployment.indexOf("\"items\":[") + 9, deployment.lastIndexOf(']'));
        String event = "{\"kind\":\"Deployment\",\"apiVersion\":\"apps/v1\"," + item.substring(item.indexOf('{') + 1);
        server.expect()
                .withPath(DEPLOYMENTS + "?allowWatchBookmarks=true&resourceVersion=1466368&watch=true")
                .andUpgradeToWebSocket()
                .open()
                .immediately()
                .andEmit("{\"type\":\"MODIFIED\",\"object\":" + event + "}")
                .immediately()
                .andEmit("{\"type\":\"MODIFIED\",\"object\":" + event.replace("\"generation\":7", "\"generation\":8")
                        + "}")
                .done()
                .always();
        KubernetesSource source = source(Map.of());
        source.watch(hints::incrementAndGet);
        source.sweep("", (page, next) -> {});
        await().untilAsserted(() -> assertThat(hints).hasValue(1));
        source.unwatch();
    }

    @Test
    void illegalSettingsNameTheKeyAndTheLegalForm() {
        assertThatThrownBy(() -> config(Map.of("namespaces", List.of("A b")))).hasMessageContaining("namespaces:");
        assertThatThrownBy(() -> config(Map.of("images", Map.of("x", "y")))).hasMessageContaining("one of llama.cpp");
        assertThatThrownBy(() -> config(Map.of("apiServer", "host"))).hasMessageContaining("'apiServer'");
        assertThatThrownBy(() -> config(Map.of("cluster", "pkg:a"))).hasMessageContaining("name of a deployment");
        assertThatThrownBy(() -> new KubernetesSource(config(Map.of("kubeconfig", "/no/such/file")))
                        .sweep("", (page, next) -> {}))
                .hasMessageContaining("the kubeconfig /no/such/file cannot be read");
    }

    private void healthy() throws Exception {
        answer(SERVICES, 404, "");
        answer(DEPLOYMENTS, 200, recorded("kubernetes-deployments.json"));
        answerEmpty(STATEFUL_SETS, DAEMON_SETS, JOBS, CRON_JOBS);
        answer(PODS, 200, recorded("kubernetes-pods.json"));
    }

    private void answerEmpty(String... paths) {
        for (String path : paths) {
            answer(path, 200, EMPTY);
        }
    }

    private void answer(String path, int status, String body) {
        server.expect()
                .get()
                .withPath(path + "?limit=250")
                .andReturn(status, body)
                .always();
    }

    private String sweep(Map<String, Object> more) throws Exception {
        facts.clear();
        return source(more)
                .sweep(
                        "",
                        (page, next) ->
                                page.forEach(one -> facts.put(one.subject(), ((DeploymentReading) one).facts())));
    }

    private KubernetesSource source(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put("apiServer", "http://localhost:" + server.getPort());
        return new KubernetesSource(config(settings), Duration.ZERO);
    }

    private static KubernetesConfig config(Map<String, Object> settings) {
        return KubernetesConfig.of(new Settings("test", settings, KubernetesConfig.KEYS));
    }

    private static String recorded(String name) throws Exception {
        try (var in = KubernetesSourceOnMockServerTest.class.getResourceAsStream("/recorded/internal/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
