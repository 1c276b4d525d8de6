package io.modelwatch.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.app.platform.Ports;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatusCommandTest {

    @TempDir
    Path dir;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void aBrokerThatDoesNotAnswerIsOneLineWithWhatToDo() throws IOException {
        Path config = Files.writeString(
                dir.resolve("modelwatch.yaml"), """
                kafka:
                  bootstrap: 127.0.0.1:%d
                  registry: http://127.0.0.1:1
                  client: {request.timeout.ms: 200, default.api.timeout.ms: 400}
                """.formatted(Ports.free(1).getFirst()));
        assertThat(run("status", "--config", config.toString())).isEqualTo(1);
        assertThat(err.toString().lines())
                .singleElement()
                .satisfies(line -> assertThat(line)
                        .startsWith("cannot see who reads the topics of Kafka at 127.0.0.1:")
                        .contains("kafka.bootstrap says where it is"));
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void whatMakesNoSenseIsWrongUsage() {
        assertThat(run("status", "painter")).isEqualTo(2);
        assertThat(run("status", "--instances", "nowhere")).isEqualTo(2);
        assertThat(run("status", "--patience", "long")).isEqualTo(2);
        assertThat(run("status", "--format", "ocsf")).isEqualTo(2);
    }

    private int run(String... arguments) {
        return ModelwatchCommand.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
    }
}
