package io.modelwatch.alerts.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cel.runtime.CelEvaluationException;
import io.modelwatch.alerts.delivery.destination.Message;
import io.modelwatch.alerts.delivery.destination.Samples;
import io.modelwatch.alerts.drift.Ocsf;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.Severity;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class RouteTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "true",
                "alert.level >= medium && alert.level < critical",
                "alert.severity == 'high'",
                "alert.deployment.startsWith('support-')",
                "alert.vendor == 'acme' && alert.owner == 'cx-team'",
                "alert.state in ['open', 'closed']",
                "alert.verdict != 'APPROVED' && !alert.disclosed",
                "'MODEL_SWAPPED' in alert.kinds",
                "alert.kinds.exists(kind, kind.contains('SWAPPED'))",
                "alert.policy == 'default' && alert.routes.size() == 0",
                "alert.id.matches('^[0-9a-f]{32}$')",
            })
    void whatAnAlertIsCanBeAsked(String expression) throws Exception {
        assertThat(Route.compile(expression).holds(AlertFacts.of(Samples.message())))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "true && alert.sevrity == 'high' | line 1, column 9: there is no such thing; there are alert.id, alert.deployment",
                "alert.level >= | line 1, column 15",
                "alert.level >= 'high' | no matching overload",
                "alert.level | expected type 'bool'",
                "alert.kinds[0].size() > 1 && nothing | line 1, column 30",
            })
    void aMistakeIsNamedWithItsPlaceWhenItIsCompiled(String expression, String complaint) {
        assertThatThrownBy(() -> Route.compile(expression))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'when' is not legal: line 1, column")
                .hasMessageContaining(complaint);
    }

    @ParameterizedTest
    @EnumSource(Severity.class)
    void peopleHearOfMediumAndWorse(Severity severity) throws Exception {
        Alert alert = Samples.alert();
        alert.setSeverity(severity);

        assertThat(Route.compile(Route.MEDIUM_AND_WORSE).holds(AlertFacts.of(Samples.message(alert))))
                .isEqualTo(List.of(Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL)
                        .contains(severity));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "alert.kinds[7] == 'X'",
                "1 / (alert.level - 4) > 0",
                "alert.kinds.all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c,"
                        + " [1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8,9,10].all(e, [1,2,3,4,5,6,7,8,9,10].all(f, e > 0))))))",
            })
    void whatFailsOnAnAlertIsAnErrorAndEnds(String expression) {
        Route route = Route.compile(expression);

        assertThatThrownBy(() -> route.holds(AlertFacts.of(Samples.message())))
                .isInstanceOf(CelEvaluationException.class);
    }

    @Test
    void aFindingSaysTheSameAsItsAlert() {
        for (Severity severity : Severity.values()) {
            Alert alert = Samples.alert();
            alert.setSeverity(severity);
            byte[] json = Ocsf.finding(alert, true, Samples.ID);
            Message finding =
                    new Message.OfFinding(Samples.ID, json, JsonMapper.shared().readTree(json));

            assertThat(AlertFacts.of(finding)).isEqualTo(AlertFacts.of(Samples.message(alert)));
        }
    }
}
