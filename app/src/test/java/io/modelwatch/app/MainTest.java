package io.modelwatch.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {

    @ParameterizedTest
    @ValueSource(strings = {"ERROR", "WARN", "INFO", "DEBUG", "TRACE", "debug"})
    void levelsThatThereAreAreTaken(String level) {
        assertThat(Main.wrongLogging(Map.of("MODELWATCH_LOG_LEVEL", level, "MODELWATCH_LOG_FORMAT", "json")))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"VERBOSE", "INFO ", ""})
    void anotherOneIsNamedWithThoseThatThereAre(String level) {
        assertThat(Main.wrongLogging(Map.of("MODELWATCH_LOG_LEVEL", level)))
                .isEqualTo("MODELWATCH_LOG_LEVEL is '" + level + "': it must be ERROR, WARN, INFO, DEBUG or TRACE");
    }

    @Test
    void aFormatThatThereIsNotIsNamed() {
        assertThat(Main.wrongLogging(Map.of())).isNull();
        assertThat(Main.wrongLogging(Map.of("MODELWATCH_LOG_FORMAT", "xml")))
                .isEqualTo("MODELWATCH_LOG_FORMAT is 'xml': it must be text or json");
    }
}
