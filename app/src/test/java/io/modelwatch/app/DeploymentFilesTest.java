package io.modelwatch.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.modelwatch.app.config.Config;
import io.modelwatch.app.config.ConfigFile;
import io.modelwatch.app.role.Role;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.utils.AppInfoParser;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Holds the files of {@code docker/} against the program. The manifests are read into the official types of Kubernetes'
 * API, as the generated classes of a client have them; a field that those do not have fails.
 */
class DeploymentFilesTest {

    private static final Path DOCKER = Path.of("../docker");
    private static final Path BASE = DOCKER.resolve("kubernetes/base");
    private static final YAMLMapper YAML = new YAMLMapper();

    private static final List<HasMetadata> MANIFESTS = new ArrayList<>();

    @TempDir
    private Path dir;

    @BeforeAll
    static void read() throws IOException {
        KubernetesSerialization serialization = new KubernetesSerialization();
        try (Stream<Path> files = Files.list(BASE)) {
            for (Path file : files.sorted().toList()) {
                if (!file.endsWith("kustomization.yaml")) {
                    // Anchors do not reach beyond their document.
                    for (String document : Files.readString(file).split("(?m)^---\n", -1)) {
                        MANIFESTS.add(serialization.unmarshal(document));
                    }
                }
            }
        }
    }

    @Test
    void everyManifestIsWhatTheApiOfKubernetesKnows() throws Exception {
        for (HasMetadata manifest : MANIFESTS) {
            assertThat(manifest).as("%s", manifest).isNotInstanceOf(GenericKubernetesResource.class);
            assertThat(unknown(manifest, manifest.getKind() + " " + name(manifest)))
                    .isEmpty();
        }
        assertThat(MANIFESTS.stream().map(one -> one.getKind() + " " + name(one)))
                .doesNotHaveDuplicates();
    }

    @Test
    void aFieldThatThereIsNotIsFound() throws Exception {
        HasMetadata wrong = new KubernetesSerialization().unmarshal("""
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: x}
                spec:
                  template:
                    spec:
                      containers:
                        - {name: x, securityContext: {readOnlyRootFileSystem: true}}
                """);
        assertThat(unknown(wrong, ""))
                .containsExactly(".Spec.Template.Spec.Containers[0].SecurityContext.readOnlyRootFileSystem");
    }

    @Test
    void kustomizeIsToldOfEveryFile() throws IOException {
        Set<String> listed = YAML.readTree(BASE.resolve("kustomization.yaml"))
                .path("resources")
                .valueStream()
                .map(JsonNode::asString)
                .collect(Collectors.toCollection(TreeSet::new));
        listed.add("kustomization.yaml");
        try (Stream<Path> files = Files.list(BASE)) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrderElementsOf(listed);
        }
    }

    @Test
    void everyRoleRunsAndMayDoNothingThatItNeedNot() {
        Set<String> roles = new TreeSet<>();
        for (PodTemplateSpec pod : pods()) {
            assertThat(pod.getSpec().getSecurityContext().getRunAsNonRoot()).isTrue();
            assertThat(pod.getSpec().getAutomountServiceAccountToken()).isFalse();
            Container container = pod.getSpec().getContainers().getFirst();
            assertThat(container.getSecurityContext().getReadOnlyRootFilesystem())
                    .isTrue();
            assertThat(container.getSecurityContext().getAllowPrivilegeEscalation())
                    .isFalse();
            assertThat(container.getSecurityContext().getCapabilities().getDrop())
                    .containsExactly("ALL");
            assertThat(container.getResources().getLimits()).containsKey("memory");
            Set<String> volumes = new TreeSet<>();
            pod.getSpec().getVolumes().forEach(volume -> volumes.add(volume.getName()));
            // Of the claims of a stateful set.
            volumes.add("data");
            assertThat(container.getVolumeMounts())
                    .allSatisfy(mount -> assertThat(volumes).contains(mount.getName()));
            if (container.getArgs().getFirst().equals("run")) {
                roles.add(container.getArgs().get(1));
                assertThat(container.getLivenessProbe().getHttpGet().getPath()).isEqualTo("/health/live");
                assertThat(container.getStartupProbe().getHttpGet().getPath()).isEqualTo("/health/live");
                assertThat(container.getReadinessProbe().getHttpGet().getPath()).isEqualTo("/health/ready");
                assertThat(container.getReadinessProbe().getHttpGet().getPort().getStrVal())
                        .isEqualTo("health");
            }
        }
        assertThat(roles).isEqualTo(titles());
    }

    @Test
    void selectorsFindPods() {
        List<Map<String, String>> labels =
                pods().stream().map(pod -> pod.getMetadata().getLabels()).toList();
        List<Map<String, String>> selectors = new ArrayList<>();
        for (HasMetadata manifest : MANIFESTS) {
            switch (manifest) {
                case PodDisruptionBudget budget ->
                    selectors.add(matched(budget.getSpec().getSelector()));
                case NetworkPolicy policy ->
                    selectors.add(matched(policy.getSpec().getPodSelector()));
                case Service service -> selectors.add(service.getSpec().getSelector());
                case StatefulSet set -> selectors.add(matched(set.getSpec().getSelector()));
                case Deployment set -> selectors.add(matched(set.getSpec().getSelector()));
                default -> {}
            }
        }
        assertThat(selectors)
                .hasSizeGreaterThan(10)
                .allSatisfy(selector ->
                        assertThat(labels).anySatisfy(one -> assertThat(one).containsAllEntriesOf(selector)));
    }

    @Test
    void theirConfigurationIsLegal() throws IOException {
        String token = Files.writeString(dir.resolve("token"), "0123456789abcdef0123456789abcdef")
                .toString();
        Map<String, String> environment = Map.of("MODELWATCH_API_TOKENS_OPERATOR_FILE", token);
        ConfigMap map = MANIFESTS.stream()
                .filter(ConfigMap.class::isInstance)
                .map(ConfigMap.class::cast)
                .filter(one -> name(one).equals("modelwatch-config"))
                .findFirst()
                .orElseThrow();
        Path file =
                Files.writeString(dir.resolve("modelwatch.yaml"), map.getData().get("modelwatch.yaml"));
        for (Path one : List.of(file, DOCKER.resolve("modelwatch.yaml"))) {
            Config config = Config.of(ConfigFile.read(one), Map.of(), environment::get);
            assertThat(config.apiHost()).isEqualTo("0.0.0.0");
            assertThat(config.sources()).isNotEmpty();
        }
    }

    /** The build stage compiles from what the context holds, and no build here runs it. */
    @Test
    void theContextOfTheImageHoldsEveryModule() throws IOException {
        List<String> kept = Files.readAllLines(DOCKER.resolve("Dockerfile.dockerignore"));
        List<String> modules = Pattern.compile("<module>(.+?)</module>")
                .matcher(Files.readString(Path.of("../pom.xml")))
                .results()
                .map(found -> found.group(1))
                .toList();
        assertThat(modules).contains("app", "examples/connect");
        for (String module : modules) {
            assertThat(kept).as("%s", module).contains("!" + module + "/pom.xml");
            // The program is built without the examples, but Maven reads the description of all modules.
            if (!module.startsWith("examples/")) {
                assertThat(kept).as("%s", module).contains("!" + module + "/src");
            }
        }
    }

    @Test
    void composeRunsEveryRoleOnTheKafkaThatWeAreTestedWith() throws IOException {
        JsonNode services = YAML.readTree(DOCKER.resolve("compose.yaml")).path("services");
        Set<String> roles = new TreeSet<>();
        for (JsonNode service : services) {
            if (service.at("/command/0").asString("").equals("run")) {
                roles.add(service.at("/command/1").asString());
            }
        }
        assertThat(roles).isEqualTo(titles());
        assertThat(Files.readString(DOCKER.resolve("compose.yaml")))
                .contains("apache/kafka:" + AppInfoParser.getVersion());
    }

    @Test
    void prometheusMissesEveryServiceThatIsAlwaysThereAndFindsTheOthers() throws IOException {
        JsonNode services = YAML.readTree(DOCKER.resolve("compose.yaml")).path("services");
        Set<String> always = new TreeSet<>();
        Set<String> sometimes = new TreeSet<>();
        services.properties().forEach(service -> {
            if (service.getValue().at("/command/0").asString("").equals("run")) {
                (service.getValue().has("profiles") ? sometimes : always).add(service.getKey());
            }
        });
        JsonNode job = YAML.readTree(DOCKER.resolve("prometheus/prometheus.yaml"))
                .path("scrape_configs")
                .path(0);
        assertThat(job.at("/static_configs/0/targets").valueStream().map(JsonNode::asString))
                .containsExactlyInAnyOrderElementsOf(
                        always.stream().map(name -> name + ":9464").toList());
        assertThat(job.at("/dns_sd_configs/0/names").valueStream().map(JsonNode::asString))
                .containsExactlyInAnyOrderElementsOf(sometimes);
    }

    private static Set<String> titles() {
        return Arrays.stream(Role.values()).map(Role::title).collect(Collectors.toCollection(TreeSet::new));
    }

    private static String name(HasMetadata manifest) {
        return manifest.getMetadata().getName();
    }

    private static Map<String, String> matched(LabelSelector selector) {
        return selector.getMatchLabels() == null ? Map.of() : selector.getMatchLabels();
    }

    private static List<PodTemplateSpec> pods() {
        return MANIFESTS.stream()
                .flatMap(manifest -> switch (manifest) {
                    case Deployment set -> Stream.of(set.getSpec().getTemplate());
                    case StatefulSet set -> Stream.of(set.getSpec().getTemplate());
                    case Job job -> Stream.of(job.getSpec().getTemplate());
                    default -> Stream.of();
                })
                .toList();
    }

    /** Returns the places of fields that the types do not have, of which the classes keep what they read. */
    private static List<String> unknown(Object at, String path) throws ReflectiveOperationException {
        List<String> found = new ArrayList<>();
        switch (at) {
            case null -> {}
            case Collection<?> many -> {
                int i = 0;
                for (Object one : many) {
                    found.addAll(unknown(one, path + "[" + i++ + "]"));
                }
            }
            case Map<?, ?> map -> {
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    found.addAll(unknown(entry.getValue(), path + "." + entry.getKey()));
                }
            }
            default -> {
                if (at.getClass().getName().startsWith("io.fabric8.kubernetes.api.model.")
                        && !at.getClass().isEnum()) {
                    found.addAll(unknownOf(at, path));
                }
            }
        }
        return found;
    }

    private static List<String> unknownOf(Object at, String path) throws ReflectiveOperationException {
        List<String> found = new ArrayList<>();
        for (Method method : at.getClass().getMethods()) {
            if (!method.getName().startsWith("get")
                    || method.getParameterCount() > 0
                    || method.getDeclaringClass() == Object.class) {
                continue;
            }
            Object value;
            try {
                value = method.invoke(at);
            } catch (InvocationTargetException e) {
                // A number in other units, for one, which this one does not have.
                continue;
            }
            if (method.getName().equals("getAdditionalProperties")) {
                ((Map<?, ?>) value).keySet().forEach(key -> found.add(path + "." + key));
            } else {
                found.addAll(unknown(value, path + "." + method.getName().substring(3)));
            }
        }
        return found;
    }
}
