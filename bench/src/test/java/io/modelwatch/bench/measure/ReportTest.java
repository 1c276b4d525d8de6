package io.modelwatch.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ReportTest {

    private static final Report REPORT = new Report(
            "changes",
            new Machine(2, 8192, 512, "JDK", "Linux amd64"),
            Map.of("seed", 7L),
            List.of("run", "records"),
            List.of(List.of(1, 2_000_000L)),
            List.of(
                    Figure.of("rate", 61_234.4, "records/s"),
                    Figure.of("ratio", 0.49, "").atLeast(0.5),
                    Figure.of("p99", 800, "ms").atMost(800)));

    @Test
    void shouldSetTheGoalBesideTheFigure() {
        assertThat(REPORT.text())
                .contains(
                        "seed=7", "2,000,000", "61,234 records/s", "0.49", "goal ≥ 0.50: missed", "goal ≤ 800 ms: met");
    }

    @Test
    void shouldSayTheSameAsJson() {
        JsonNode json = JsonMapper.builder().build().readTree(REPORT.json());
        assertThat(json.at("/bench").stringValue()).isEqualTo("changes");
        assertThat(json.at("/machine/cores").intValue()).isEqualTo(2);
        assertThat(json.at("/parameters/seed").intValue()).isEqualTo(7);
        assertThat(json.at("/measurements/0/records").longValue()).isEqualTo(2_000_000);
        assertThat(json.at("/figures/0/met").isMissingNode()).isTrue();
        assertThat(json.at("/figures/1/value").doubleValue()).isEqualTo(0.49);
        assertThat(json.at("/figures/1/met").booleanValue()).isFalse();
        assertThat(json.at("/figures/2/goal").stringValue()).isEqualTo("<= 800.0");
        assertThat(json.at("/figures/2/met").booleanValue()).isTrue();
    }
}
