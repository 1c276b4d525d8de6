package io.modelwatch.app.role;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What looks for planted secrets finds them: else that it finds none would say nothing. */
class PlantedSecretsTest {

    @TempDir
    Path dir;

    @Test
    void shouldFindASecretInBothFormsOfTheLogInsideAnExceptionToo() throws Exception {
        try (PlantedSecrets secrets = new PlantedSecrets(dir.resolve("secrets"))) {
            LoggerFactory.getLogger("io.modelwatch.test")
                    .atDebug()
                    .addKeyValue("key", secrets.plant("key-value"))
                    .setCause(new IllegalStateException("no", new IllegalArgumentException(secrets.plant("cause"))))
                    .log("{}", secrets.plant("argument"));
            assertThat(secrets.logs()).isPositive();
            assertThat(String.join("\n", secrets.found()))
                    .contains(
                            "key-value in the log as text",
                            "cause in the log as text",
                            "argument in the log as text",
                            "key-value in the log as JSON",
                            "cause in the log as JSON",
                            "argument in the log as JSON");
        }
    }

    @Test
    void shouldFindASecretThatIsEncodedOrCutShort() throws Exception {
        try (PlantedSecrets secrets = new PlantedSecrets(dir.resolve("secrets"))) {
            String secret = Files.readString(secrets.file("token"));
            secrets.hear("a", Base64.getEncoder().encodeToString(secret.getBytes(StandardCharsets.UTF_8)));
            secrets.hear("b", secret.substring(0, 9));
            secrets.hear("c", "nothing");
            assertThat(secrets.found()).hasSize(2);
            assertThat(secrets.heard()).isEqualTo(3);
            assertThat(String.join("\n", secrets.found())).contains("token in a", "a part of one in b");
        }
    }
}
