package io.modelwatch.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import com.zaxxer.hikari.HikariDataSource;
import io.modelwatch.app.config.Config;
import io.modelwatch.app.config.ConfigFile;
import io.modelwatch.app.config.Setting;
import io.modelwatch.app.platform.Ports;
import io.modelwatch.app.role.ExternalDatabase;
import io.modelwatch.app.role.Instance;
import io.modelwatch.app.role.InstanceConfig;
import io.modelwatch.app.role.Role;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.utils.AppInfoParser;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The pipeline on an external Kafka, registry and PostgreSQL, each the public image in a container. It runs wherever a
 * Docker engine answers that has these images or can fetch them, and says why where it does not; other images are named by
 * {@code -Dmodelwatch.it.kafkaImage=…}, {@code registryImage} and {@code postgresImage}.
 */
class ContainersIT {

    private static final String PASSWORD_FILE = "/run/database-password";
    private static final String PASSWORD = "of-this-test-alone";

    private static final String DEPLOYMENT = """
            {"kind":"deployment","source":"manual","observedAt":"2026-03-01T10:00:00Z","deployment":{"id":"bot","models":[{"id":"pkg:huggingface/acme/tuned","role":"primary"}]}}
            """;
    private static final String APPROVAL = """
            {"id":"CHG-1","type":"approval","issuedAt":"2026-03-02T08:00:00Z","subject":{"deployment":"bot"},"allows":{"models":["pkg:huggingface/acme/*"]}}
            """;

    private static DockerImageName kafkaImage;
    private static DockerImageName registryImage;
    private static DockerImageName postgresImage;

    @TempDir
    private Path dir;

    @BeforeAll
    static void requireDocker() throws InterruptedException {
        try {
            if (!DockerClientFactory.instance().isDockerAvailable()) {
                skip("no Docker engine answers");
            }
        } catch (RuntimeException e) {
            if (e instanceof TestAbortedException) {
                throw e;
            }
            skip("a Docker engine answers, and yet cannot be used: " + e.getMessage());
        }
        kafkaImage = image("kafkaImage", "apache/kafka:" + AppInfoParser.getVersion());
        registryImage = image("registryImage", "apicurio/apicurio-registry:3.3.3");
        postgresImage = image("postgresImage", "postgres:18");
    }

    private static DockerImageName image(String property, String otherwise) throws InterruptedException {
        DockerImageName image = DockerImageName.parse(System.getProperty("modelwatch.it." + property, otherwise));
        DockerClient docker = DockerClientFactory.instance().client();
        try {
            docker.inspectImageCmd(image.asCanonicalNameString()).exec();
        } catch (NotFoundException absent) {
            try {
                docker.pullImageCmd(image.getUnversionedPart())
                        .withTag(image.getVersionPart())
                        .start()
                        .awaitCompletion();
            } catch (RuntimeException e) {
                skip("the Docker engine has no image " + image + " and cannot fetch it: " + e.getMessage());
            }
        }
        System.out.println("image " + image.asCanonicalNameString());
        return image;
    }

    /** Also on the console: a report of a test that was skipped is seldom read. */
    private static void skip(String why) {
        System.out.println("ContainersIT is skipped: " + why);
        abort(why);
    }

    @Test
    void whatIsPushedBecomesAnAlertAndAnApprovalClosesIt() throws Exception {
        try (KafkaContainer kafka = new KafkaContainer(kafkaImage.asCompatibleSubstituteFor("apache/kafka"));
                GenericContainer<?> registry = new GenericContainer<>(registryImage);
                GenericContainer<?> postgres = new GenericContainer<>(postgresImage)) {
            registry.withExposedPorts(8080)
                    .waitingFor(Wait.forHttp("/apis/ccompat/v7/subjects").forPort(8080));
            postgres.withExposedPorts(5432)
                    // Called like the schema of the views: the program must find its tables all the same.
                    .withEnv("POSTGRES_USER", "modelwatch")
                    .withEnv("POSTGRES_DB", "modelwatch")
                    .withEnv("POSTGRES_PASSWORD_FILE", PASSWORD_FILE)
                    .withCopyToContainer(Transferable.of(PASSWORD, 0644), PASSWORD_FILE)
                    .waitingFor(Wait.forListeningPort());
            List.of(kafka, registry, postgres).parallelStream().forEach(GenericContainer::start);

            Config config = config(kafka, registry, postgres);
            try (HikariDataSource database = ExternalDatabase.pool(config);
                    Instance instance = Instance.start(
                            InstanceConfig.of(config, Objects.requireNonNull(config.kafka()), database),
                            EnumSet.allOf(Role.class),
                            InstantSource.system(),
                            System.out::println);
                    HttpClient http = HttpClient.newHttpClient()) {
                assertThat(instance.intake()
                                .observations(new ByteArrayInputStream(DEPLOYMENT.getBytes(UTF_8)), true, name -> null)
                                .errors())
                        .isEmpty();
                assertThat(alert(http, instance).path("state").asString()).isEqualTo("open");

                assertThat(instance.intake()
                                .procurementEvents(new ByteArrayInputStream(APPROVAL.getBytes(UTF_8)), true)
                                .errors())
                        .isEmpty();
                JsonNode closed = alert(http, instance);
                assertThat(closed.path("state").asString()).isEqualTo("closed");
                assertThat(closed.path("verdict").asString()).isEqualTo("APPROVED_LATE");
                assertThat(instance.troubles()).isEmpty();
            }
        }
    }

    private Config config(KafkaContainer kafka, GenericContainer<?> registry, GenericContainer<?> postgres)
            throws IOException {
        Map<Setting, String> settings = new EnumMap<>(Setting.class);
        settings.put(Setting.DATA_DIR, dir.toString());
        settings.put(Setting.API_PORT, Ports.free(1).getFirst().toString());
        settings.put(Setting.KAFKA_BOOTSTRAP, kafka.getBootstrapServers());
        settings.put(
                Setting.KAFKA_REGISTRY,
                "http://" + registry.getHost() + ":" + registry.getMappedPort(8080) + "/apis/ccompat/v7");
        settings.put(Setting.KAFKA_REPLICATION, "1");
        settings.put(
                Setting.DATABASE_URL,
                "jdbc:postgresql://" + postgres.getHost() + ":" + postgres.getMappedPort(5432) + "/modelwatch");
        settings.put(Setting.DATABASE_USER, "modelwatch");
        Map<String, String> environment = Map.of(Setting.DATABASE_PASSWORD.variable(), PASSWORD);
        return Config.of(ConfigFile.none(), settings, environment::get);
    }

    private static JsonNode alert(HttpClient http, Instance instance) throws IOException, InterruptedException {
        URI alerts = URI.create("http://127.0.0.1:" + instance.port() + "/v1/alerts?deployment=bot");
        String answer = http.send(HttpRequest.newBuilder(alerts).build(), BodyHandlers.ofString())
                .body();
        JsonNode items = JsonMapper.shared().readTree(answer).path("items");
        assertThat(items).hasSize(1);
        return items.path(0);
    }
}
