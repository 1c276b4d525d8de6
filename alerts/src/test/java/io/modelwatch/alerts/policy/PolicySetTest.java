package io.modelwatch.alerts.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.alerts.Facts;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Severity;
import io.modelwatch.schemas.avro.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PolicySetTest {

    @TempDir
    Path dir;

    @Test
    void forEachEffectTheFirstThatSetsItWins() {
        PolicySet set = set("""
                - {name: b, priority: 600, when: 'true', severity: low, version: '7'}
                - {name: a, priority: 600, when: 'true', grace: 1h}
                - {name: c, priority: 700, when: 'true', routes: [soc, board], nextStep: 'Ask {deployment.owner} about {change.before}'}
                - {name: d, priority: 500, when: 'true', severity: critical, grace: 1s, routes: [nobody]}
                """);

        Decision decision = Drifts.swap().by(set);

        assertThat(decision.severity()).isEqualTo(Severity.LOW);
        assertThat(decision.policy()).isEqualTo("b");
        assertThat(decision.version()).isEqualTo("7");
        assertThat(decision.opensAt()).isEqualTo(Facts.day(0).plus(Duration.ofHours(1)));
        assertThat(decision.routes()).containsExactly("board", "soc");
        assertThat(decision.nextStep()).isEqualTo("Ask cx-team about " + Facts.B);
        assertThat(decision.raises()).isTrue();
    }

    @Test
    void equalPrioritiesAreAskedByName() {
        assertThat(Drifts.swap().by(set("""
                                - {name: z, when: 'true', severity: low}
                                - {name: a, when: 'true', severity: high}
                                """)).policy()).isEqualTo("a");
    }

    @Test
    void ignoringAndAcceptingRaiseNothingAndSayWho() {
        PolicySet set = set("""
                - {name: test-systems, when: "glob('*-copilot', deployment.id)", ignore: true}
                """);
        assertThat(Drifts.swap().by(set).raises()).isFalse();
        assertThat(Drifts.swap().by(set).silencedBy()).isEqualTo("test-systems");

        PolicySet accepting = set("""
                - {name: known-fleet, when: deployment.vendor == 'acme', baseline: accept}
                """);
        assertThat(Drifts.swap().by(accepting).raises()).isTrue();
        assertThat(Drifts.swap().first().by(accepting).silencedBy()).isEqualTo("known-fleet");
        assertThat(PolicySet.shipped()
                        .decide(
                                Drifts.swap().state(),
                                Drifts.swap().first().judgement(),
                                Facts.day(0),
                                Duration.ZERO,
                                true)
                        .silencedBy())
                .isEqualTo("policies.baseline");
        PolicySet strict = set("""
                - {name: strict, when: 'true', baseline: drift}
                """);
        assertThat(strict.decide(
                                Drifts.swap().state(),
                                Drifts.swap().first().judgement(),
                                Facts.day(0),
                                Duration.ZERO,
                                true)
                        .raises())
                .isTrue();
    }

    @Test
    void onlyPoliciesInForceAreAsked() {
        PolicySet set = set("""
                - {name: freeze, when: 'true', from: 2026-01-10, until: 2026-01-20T00:00:00Z, ignore: true}
                """);

        // Days count from nought: day 9 begins the tenth of January.
        assertThat(raises(set, 8.99)).isTrue();
        assertThat(raises(set, 9)).isFalse();
        assertThat(raises(set, 18.99)).isFalse();
        assertThat(raises(set, 19)).isTrue();
        assertThat(set.nextBoundary(Facts.day(0))).isEqualTo(Instant.parse("2026-01-10T00:00:00Z"));
        assertThat(set.nextBoundary(Instant.parse("2026-01-10T00:00:00Z")))
                .isEqualTo(Instant.parse("2026-01-20T00:00:00Z"));
        assertThat(set.nextBoundary(Instant.parse("2026-01-20T00:00:00Z"))).isNull();
    }

    @Test
    void aPolicyInModeLogNeverActsAndIsReported() {
        PolicySet set = set("""
                - {name: trial, mode: log, when: change.kind == 'MODEL_SWAPPED', ignore: true, severity: critical}
                - {name: broken-trial, mode: log, when: 1 / size(deployment.id.replace('x')) == 0, severity: critical}
                """.replace("size(deployment.id.replace('x'))", "(size(deployment.id) - 15)"));

        Decision decision = Drifts.swap().by(set);

        assertThat(decision.policy()).isEqualTo("base-model-swapped");
        assertThat(decision.raises()).isTrue();
        assertThat(decision.failures()).isEmpty();
        assertThat(decision.logged()).hasSize(2).contains("trial");
        assertThat(decision.logged()).anyMatch(text -> text.startsWith("broken-trial failed: when: "));
    }

    /** Whatever is wrong with it, it ignores nothing, lowers nothing, and says what happened. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "1 / (size(deployment.id) - 15) == 0",
                "1 % (size(deployment.id) - 15) == 0",
                "change.after.country == 'NL'",
                "change.before[3] == 'x'",
                "models[7].id == ''",
                "change.after > 3",
                "timestamp('x') == change.observedAt",
                "time(change.after) > change.observedAt",
                "duration(change.id) > duration('1h')",
                "int(change.id) == 1",
                "9223372036854775807 + size(deployment.id) == 0",
                "change.id.matches('(')",
                "[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c,"
                        + " [1,2,3,4,5,6,7,8,9,10].all(d, a + b + c + d > 0))))",
            })
    void whatCannotBeEvaluatedOverNotifiesAndSaysSo(String when) {
        PolicySet set =
                set("- name: broken\n  when: >-\n    " + when + "\n  ignore: true\n  severity: low\n  grace: 7d\n");

        Decision decision = Drifts.swap().by(set);

        assertThat(decision.raises()).isTrue();
        assertThat(decision.severity()).isEqualTo(Severity.HIGH);
        assertThat(decision.policy()).isEqualTo("base-model-swapped");
        assertThat(decision.opensAt()).isEqualTo(Facts.day(0));
        assertThat(decision.failures()).singleElement().asString().startsWith("policy broken failed: when: ");
    }

    @Test
    void whatCannotBeEvaluatedCountsWhereItWouldRaiseMore() {
        PolicySet set = set("""
                - {name: broken, when: change.after.x, severity: critical, grace: 0s, ignore: false, routes: [board]}
                - {name: sound, priority: 400, when: 'true', severity: low, grace: 7d, ignore: true, routes: [soc]}
                """.replace("change.after.x", "change.after.x == 1"));

        Decision decision = Drifts.swap().by(set);

        assertThat(decision.severity()).isEqualTo(Severity.CRITICAL);
        assertThat(decision.policy()).isEqualTo("broken");
        assertThat(decision.opensAt()).isEqualTo(Facts.day(0));
        assertThat(decision.raises()).isTrue();
        assertThat(decision.routes()).containsExactly("board", "soc");

        Decision settled = Drifts.swap().by(set("""
                        - {name: broken, when: change.after.x == 1, severity: critical}
                        - {name: sound, priority: 600, when: 'true', severity: low}
                        """));
        assertThat(settled.severity()).as("a policy before it has settled that").isEqualTo(Severity.LOW);
        assertThat(settled.failures()).hasSize(1);
    }

    @Test
    void aGraceOrNextStepThatCannotBeEvaluatedIsNone() {
        PolicySet set = set("""
                - {name: a, when: 'true', severity: low, graceUntil: time(change.after), nextStep: 'Look at {change.after.x}'}
                """);

        Decision decision = Drifts.swap().by(set);

        assertThat(decision.opensAt()).isEqualTo(Facts.day(0));
        assertThat(decision.nextStep()).isNull();
        assertThat(decision.failures())
                .hasSize(2)
                .anyMatch(text -> text.startsWith("policy a failed: graceUntil: "))
                .anyMatch(text -> text.startsWith("policy a failed: nextStep: "));
    }

    /** RE2 takes linear time where a backtracking engine would take for ever. */
    @Test
    void aRegularExpressionCannotRunForEver() {
        String trap = "a".repeat(5_000) + "!";
        PolicySet set = set("""
                - {name: trap, when: "change.after.matches('^(a+)+$')", ignore: true}
                """);

        Decision decision = Drifts.of(ChangeKind.MODEL_SWAPPED, Facts.ID, null, "\"" + trap + "\"")
                .by(set);

        assertThat(decision.raises()).isTrue();
        assertThat(decision.failures()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "change.id == 'c1' && change.correlationId == 'observation-of-c1'",
                "change.field == 'models.primary.id' && change.role == 'primary'",
                "change.before == 'pkg:huggingface/acme/b' && change.after.endsWith('/a')",
                "change.effectiveAt == timestamp('2026-01-01T00:00:00Z') && change.observedAt.getFullYear() == 2026",
                "!change.late && !change.baseline && change.cause == '' && change.path == []",
                "change.evidence.url == '' && change.evidence.score == 0.0",
                "deployment.id == 'support-copilot' && deployment.type == 'copilot' && deployment.owner == 'cx-team'",
                "deployment.components.all(c, c.role == 'primary' && c.revision == '' && c.requested == '')",
                "models.size() == 1 && models[0].license == 'apache-2.0' && models[0].id == deployment.components[0].model",
                "models[0].origins[0].country == 'US' && models[0].origins[0].organization == ''",
                "models[0].ancestors.exists(a, a.depth == 1 && a.relation == 'finetune' && a.license == 'mit')",
                "hosting.map(h, h.country) == ['NL'] && hosting[0].provider == 'azure' && hosting[0].region == ''",
                "verdict.name == 'UNAPPROVED' && verdict.by == '' && !verdict.disclosed && verdict.whyNot == ''",
                "has(change.before) && type(change.after) == string",
                "!(change.kind == 'HOSTING_MOVED' && change.after.exists(p, p.country == 'US'))",
                "isTime('2026-01-01') && !isTime('soon') && time(1767225600) == change.observedAt",
                "time('2026-01-02') - change.observedAt == duration('24h')",
                "!('US' in params.allowedOrigins) && size(params.allowedOrigins) == 0",
            })
    void expressionsSeeWhatTheReferenceSays(String when) {
        PolicySet set = set("- name: asked\n  when: >-\n    " + when + "\n  severity: informational\n");

        Decision decision = Drifts.swap().ancestor("mit").by(set);

        assertThat(decision.failures()).isEmpty();
        assertThat(decision.policy()).isEqualTo("asked");
    }

    @Test
    void whereNobodySetsASeverityItIsMedium() {
        Decision decision = Drifts.swap().judged(Verdict.REVOKED).by(PolicySet.of(List.of(), false, Map.of()));

        assertThat(decision.severity()).isEqualTo(Severity.MEDIUM);
        assertThat(decision.policy()).isEqualTo("none");
    }

    private boolean raises(PolicySet set, double day) {
        Drifts drift = Drifts.swap();
        return set.decide(drift.state(), drift.judgement(), Facts.day(day), Duration.ZERO, false)
                .raises();
    }

    private PolicySet set(String policies) {
        try {
            Path file = Files.writeString(dir.resolve("policies.yaml"), "policies:\n" + policies.indent(2));
            return PolicySet.of(List.of(file), true, Map.of());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
