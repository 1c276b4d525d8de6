package io.modelwatch.app.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.app.config.Placement;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamsRunnerTest {

    @TempDir
    Path dir;

    @Test
    void copiesGoToOtherRacksAndRecordsAreReadFromTheOwn() {
        Properties settings = settings(new Placement(2, "eu-1a"));

        // As the client understands them, not as they are written.
        StreamsConfig config = new StreamsConfig(settings);
        assertThat(config.getInt("num.standby.replicas")).isEqualTo(2);
        assertThat(config.getClientTags()).isEqualTo(Map.of("rack", "eu-1a"));
        assertThat(config.getList("rack.aware.assignment.tags")).containsExactly("rack");
        assertThat(config.getMainConsumerConfigs("group", "client", 0)).containsEntry("client.rack", "eu-1a");
    }

    @Test
    void oneInstanceHasNoCopiesAndNoRack() {
        StreamsConfig config = new StreamsConfig(settings(Placement.ALONE));

        assertThat(config.getInt("num.standby.replicas")).isZero();
        assertThat(config.getClientTags()).isEmpty();
    }

    @Test
    void aRackThatNoBrokerCouldHaveIsRefused() {
        assertThatThrownBy(() -> new Placement(0, "eu west"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("kafka.rack is 'eu west'");
    }

    /** RocksDB deletes what it could not write whole, so that there is room when one looks. */
    @Test
    void aFullDiskIsKnownByItsWordsToo() {
        Exception refused = new ProcessorStateException(
                "Error opening store subjects", new IOException("While appending to file: No space left on device"));

        assertThat(StreamsRunner.isFull(refused, dir)).isTrue();
        assertThat(StreamsRunner.isFull(new ProcessorStateException("Error opening store subjects"), dir))
                .isFalse();
    }

    private Properties settings(Placement placement) {
        KafkaConnection kafka = new KafkaConnection(
                "127.0.0.1:1", "http://127.0.0.1:2", new Topics("test"), (short) 1, Map.of(), Map.of());
        return StreamsRunner.settings("mbom", kafka, dir, placement, Duration.ofSeconds(1), null);
    }
}
