package io.modelwatch.alerts.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.alerts.Facts;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Severity;
import io.modelwatch.schemas.avro.Verdict;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Each policy that is shipped, held against a change as it comes up in the wild. */
class ShippedPoliciesTest {

    /** What raises nothing. */
    private static final Set<String> IGNORING =
            Set.of("undeclared-model-gone", "served-as-requested", "vendor-names-less");

    private static final PolicySet WITH_LISTS = PolicySet.of(
            List.of(), true, Map.of("allowedOrigins", List.of("US", "FR"), "allowedCountries", List.of("NL", "DE")));

    static Stream<Arguments> drifts() {
        return Stream.of(
                Arguments.of(
                        "namespace-taken-over",
                        Severity.CRITICAL,
                        Drifts.of(
                                ChangeKind.NAMESPACE_TAKEN_OVER,
                                "models.primary.ownerId",
                                "\"64c8b5837fe12ecd0a7e92eb\"",
                                "\"6697ccbd8a95c1ef1ba1d9a2\"")),
                Arguments.of(
                        "namespace-taken-over",
                        Severity.CRITICAL,
                        Drifts.of(
                                ChangeKind.ANCESTOR_TAKEN_OVER,
                                "models.primary.ancestry.pkg:huggingface/base/model.ownerId",
                                "\"a\"",
                                "\"b\"")),
                Arguments.of(
                        "origin-not-allowed",
                        Severity.CRITICAL,
                        Drifts.of(ChangeKind.ORIGIN_CHANGED, "models.primary.origins", "[\"US\"]", "[\"CN\",\"US\"]")
                                .origins("US", "CN")),
                Arguments.of(
                        "origin-not-allowed", Severity.CRITICAL, Drifts.swap().origins("")),
                Arguments.of("base-model-swapped", Severity.HIGH, Drifts.swap().origins("US", "FR")),
                Arguments.of(
                        "base-model-swapped",
                        Severity.HIGH,
                        Drifts.of(
                                ChangeKind.LINEAGE_REDECLARED,
                                "models.primary.parents",
                                "[{\"id\":\"pkg:huggingface/a/x\",\"relation\":\"finetune\"}]",
                                "[{\"id\":\"pkg:huggingface/b/y\",\"relation\":\"finetune\"}]")),
                Arguments.of(
                        "license-conflict",
                        Severity.HIGH,
                        Drifts.of(ChangeKind.LICENSE_CHANGED, "models.primary.license", "\"llama3.1\"", "\"mit\"")
                                .license("mit")
                                .ancestor("llama3.1")),
                Arguments.of(
                        "provenance-changed",
                        Severity.MEDIUM,
                        Drifts.of(ChangeKind.LICENSE_CHANGED, "models.primary.license", "\"mit\"", "\"llama3.1\"")
                                .license("llama3.1")
                                .ancestor("llama3.1")),
                Arguments.of("country-not-allowed", Severity.CRITICAL, moved().hosted("NL", "US")),
                Arguments.of("hosting-moved", Severity.HIGH, moved().hosted("DE")),
                Arguments.of(
                        "source-blind",
                        Severity.MEDIUM,
                        Drifts.of(ChangeKind.SOURCE_BLIND, "sight", "\"seeing\"", "\"blind: 401\"")),
                Arguments.of(
                        "undeclared-model",
                        Severity.HIGH,
                        Drifts.of(
                                ChangeKind.UNDECLARED_MODEL, "models.seen.id", null, "\"pkg:generic/openai/gpt-4o\"")),
                Arguments.of(
                        "served-not-requested",
                        Severity.HIGH,
                        Drifts.of(ChangeKind.ROUTING_CHANGED, "models.primary.served", "\"gpt-4o\"", "\"gpt-4o-mini\"")
                                .routed("claude-sonnet-4", "gpt-4o-mini")),
                Arguments.of(
                        "served-not-requested",
                        Severity.HIGH,
                        Drifts.of(ChangeKind.ROUTING_CHANGED, "models.primary.served", "\"gpt-4o\"", "\"gpt-4o-mini\"")
                                .routed("gpt-4o", "gpt-4o-mini")),
                Arguments.of(
                        "alias-moved",
                        Severity.MEDIUM,
                        Drifts.of(
                                        ChangeKind.ROUTING_CHANGED,
                                        "models.primary.served",
                                        "\"gpt-4o-2024-05-13\"",
                                        "\"gpt-4o-2024-08-06\"")
                                .routed("gpt-4o", "gpt-4o-2024-08-06")),
                Arguments.of(
                        "silent-weight-change",
                        Severity.MEDIUM,
                        Drifts.of(ChangeKind.REVISION_MOVED, "models.primary.revision", "\"a09a354\"", "\"bb46c15\"")),
                Arguments.of(
                        "announced-weight-change",
                        Severity.LOW,
                        Drifts.of(ChangeKind.REVISION_MOVED, "models.primary.revision", "\"a09a354\"", "\"bb46c15\"")
                                .announced()),
                Arguments.of(
                        "execution-configuration-changed",
                        Severity.MEDIUM,
                        Drifts.of(
                                ChangeKind.EXECUTION_CONFIGURATION_CHANGED,
                                "models.primary.attributes.chat_template",
                                "\"5f1c…\"",
                                "\"09ab…\"")),
                Arguments.of(
                        "vendor-names-another",
                        Severity.MEDIUM,
                        Drifts.of(
                                ChangeKind.MENTIONS_CHANGED,
                                "attributes.mentions.acme-page",
                                "[\"provider:azure\"]",
                                "[\"provider:azure\",\"provider:openai\"]")),
                Arguments.of("retirement-near", Severity.HIGH, retires("\"2026-01-20\"")),
                Arguments.of("default", Severity.LOW, retires("true")),
                Arguments.of("default", Severity.LOW, retires(null)),
                Arguments.of(
                        "origin-changed",
                        Severity.HIGH,
                        Drifts.of(ChangeKind.ORIGIN_CHANGED, "models.primary.origins", "[\"US\"]", "[\"FR\"]")
                                .origins("FR")),
                Arguments.of(
                        "model-removed",
                        Severity.HIGH,
                        Drifts.of(ChangeKind.REMOVED, Facts.ID, "\"" + Facts.A + "\"", null)));
    }

    @ParameterizedTest
    @MethodSource("drifts")
    void eachSpeaksOfTheChangeThatItIsFor(String policy, Severity severity, Drifts drift) {
        Decision decision = drift.by(WITH_LISTS);

        assertThat(decision.policy()).isEqualTo(policy);
        assertThat(decision.severity()).isEqualTo(severity);
        assertThat(decision.failures()).isEmpty();
        assertThat(decision.raises()).isTrue();
    }

    @Test
    void everyPolicyHasSuchAChange() {
        Set<String> held = new HashSet<>(IGNORING);
        drifts().forEach(arguments -> held.add((String) arguments.get()[0]));

        assertThat(PolicySet.shipped().summaries())
                .extracting(PolicySet.Summary::name)
                .containsExactlyInAnyOrderElementsOf(held);
    }

    @Test
    void nothingIsRaisedWhereTrafficIsAsItShouldBeAgain() {
        String served = "models.primary.served";
        assertThat(Drifts.of(ChangeKind.ROUTING_CHANGED, served, "\"gpt-4o-mini\"", "\"gpt-4o-2024-08-06\"")
                        .routed("gpt-4o", "gpt-4o-2024-08-06")
                        .by(WITH_LISTS)
                        .raises())
                .isFalse();
        assertThat(Drifts.of(ChangeKind.ROUTING_CHANGED, served, "\"gpt-4o-mini\"", null)
                        .by(WITH_LISTS)
                        .raises())
                .isFalse();
        assertThat(Drifts.of(
                                ChangeKind.COMPONENT_REMOVED,
                                "models.traffic:openai/gpt-4o.id",
                                "\"pkg:generic/openai/gpt-4o\"",
                                null)
                        .by(WITH_LISTS)
                        .raises())
                .isFalse();
        assertThat(Drifts.of(ChangeKind.COMPONENT_REMOVED, "models.primary.id", "\"pkg:a\"", null)
                        .by(WITH_LISTS)
                        .raises())
                .isTrue();
    }

    @Test
    void nothingIsRaisedWhereAPageNamesLess() {
        String field = "attributes.mentions.acme-page";
        String before = "[\"provider:azure\",\"provider:openai\"]";
        for (String after : new String[] {"[\"provider:azure\"]", null}) {
            assertThat(Drifts.of(ChangeKind.MENTIONS_CHANGED, field, before, after)
                            .by(WITH_LISTS)
                            .raises())
                    .isFalse();
        }
    }

    /** No kind of change, and nothing that is missing, makes one of them fail. */
    @ParameterizedTest
    @EnumSource(ChangeKind.class)
    void noneFailsOnAnyKind(ChangeKind kind) {
        for (String value : new String[] {null, "null", "1", "\"x\"", "[]", "[{\"country\":null}]", "{}", "not json"}) {
            for (Verdict verdict : Verdict.values()) {
                Drifts drift =
                        Drifts.of(kind, "models.primary.id", value, value).judged(verdict);
                assertThat(drift.by(WITH_LISTS).failures()).isEmpty();
                assertThat(drift.hosted().origins().license(null).by(WITH_LISTS).failures())
                        .isEmpty();
            }
        }
    }

    @Test
    void anExpiredApprovalIsOneStepLess() {
        assertThat(Drifts.swap().by(PolicySet.shipped()).severity()).isEqualTo(Severity.HIGH);
        assertThat(Drifts.swap().judged(Verdict.EXPIRED).by(PolicySet.shipped()).severity())
                .isEqualTo(Severity.MEDIUM);
        assertThat(Drifts.swap().judged(Verdict.REVOKED).by(PolicySet.shipped()).severity())
                .isEqualTo(Severity.HIGH);
    }

    @Test
    void aNextStepNamesWhatItIsAbout() {
        assertThat(Drifts.of(ChangeKind.NAMESPACE_TAKEN_OVER, "models.primary.ownerId", "\"a\"", "\"b\"")
                        .by(PolicySet.shipped())
                        .nextStep())
                .startsWith("Fetch nothing more under the name of " + Facts.A + " or its ancestors until");
    }

    @Test
    void listsThatNobodySetForbidNothing() {
        assertThat(Drifts.swap().origins("CN").by(PolicySet.shipped()).policy()).isEqualTo("base-model-swapped");
        assertThat(moved().hosted("US").by(PolicySet.shipped()).policy()).isEqualTo("hosting-moved");
    }

    @Test
    void aRetirementWaitsUntilThirtyDaysAreLeft() {
        Decision far = retires("\"2026-06-01T00:00:00Z\"").by(PolicySet.shipped());
        assertThat(far.opensAt()).isEqualTo(Instant.parse("2026-05-02T00:00:00Z"));
        assertThat(far.nextStep()).isEqualTo("Plan the move to another model before 2026-06-01T00:00:00Z");

        assertThat(retires("\"2026-01-20\"").by(PolicySet.shipped()).opensAt()).isEqualTo(Facts.day(0));
        assertThat(retires("1780272000").by(PolicySet.shipped()).opensAt())
                .isEqualTo(Instant.parse("2026-05-02T00:00:00Z"));
    }

    @Test
    void theFileReadsAsAFileOfOnesOwn() {
        assertThat(PolicySet.shippedText()).startsWith("# The policies that come with modelwatch.");
        assertThat(PolicySet.shipped().summaries()).allSatisfy(summary -> {
            assertThat(summary.description()).isNotEmpty();
            assertThat(summary.priority()).isLessThan(PolicyReader.DEFAULT_PRIORITY);
        });
    }

    private static Drifts moved() {
        return Drifts.of(
                ChangeKind.HOSTING_MOVED,
                "hosting",
                "[{\"provider\":\"azure\",\"country\":\"NL\"}]",
                "[{\"provider\":\"azure\",\"country\":\"US\"}]");
    }

    private static Drifts retires(String when) {
        return Drifts.of(ChangeKind.RETIREMENT_DATED, "models.primary.attributes.deprecation", null, when);
    }
}
