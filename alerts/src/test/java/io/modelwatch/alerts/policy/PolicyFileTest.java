package io.modelwatch.alerts.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of a file that is wrong: the file, the line, the column, what is wrong and what to do. */
class PolicyFileTest {

    @TempDir
    Path dir;

    /** In the files ¶ stands for a new line and § for the head of a literal block. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // YAML
                "policies: [ | 1:12 | not YAML",
                "policies:¶ - name: a¶\tb: c | 3:1 | not YAML",
                "- name: a | 1:1 | a policy file must be a map",
                "policy: [] | 1:1 | unknown key 'policy' of a policy file; legal are params, policies",
                "policies: 1 | 1:11 | policies must be a list",
                "policies: [a] | 1:12 | a policy must be a map",
                "policies:¶- name: a¶  wen: 'true'¶  severity: low¶  when: 'true' | 3:3 | unknown key 'wen' of a policy; legal are baseline, description, from",
                "policies:¶- name: a¶  name: b¶  when: 'true'¶  severity: low | 3:3 | 'name' is there twice",
                "policies:¶- name: a¶  when: [x]¶  severity: low | 3:9 | when must have one value",
                "policies:¶- name: a¶  when: ''¶  severity: low | 3:9 | when must have one value",
                // keys
                "policies:¶- when: 'true'¶  severity: low | 2:3 | a policy needs 'name' and 'when'",
                "policies:¶- name: a¶  severity: low | 2:3 | a policy needs 'name' and 'when'",
                "policies:¶- name: A policy¶  when: 'true' | 2:9 | name: 'A policy' must be small letters, digits and '-'",
                "policies:¶- name: a¶  when: 'true' | 2:3 | policy a sets nothing: give it severity",
                "policies:¶- name: a¶  when: 'true'¶  severity: grave | 4:13 | severity: 'grave' must be informational, low, medium, high or critical",
                "policies:¶- name: a¶  when: 'true'¶  severity: {expired: low} | 4:13 | severity by verdict needs 'otherwise'",
                "policies:¶- name: a¶  when: 'true'¶  severity: {approved: low, otherwise: high} | 4:24 | 'approved' must be unapproved, expired",
                "policies:¶- name: a¶  when: 'true'¶  grace: soon | 4:10 | grace: 'soon' must be a span of time such as",
                "policies:¶- name: a¶  when: 'true'¶  grace: 1h¶  graceUntil: change.observedAt | 5:15 | exclude one another",
                "policies:¶- name: a¶  when: 'true'¶  graceUntil: change.observedAt + 1 | 4:33 | no matching overload",
                "policies:¶- name: a¶  when: 'true'¶  graceUntil: change.id | 4:15 | graceUntil must be google.protobuf.Timestamp, not string",
                "policies:¶- name: a¶  when: 'true'¶  ignore: yes | 4:11 | ignore: 'yes' must be true or false",
                "policies:¶- name: a¶  when: 'true'¶  baseline: ignore | 4:13 | baseline: 'ignore' must be drift or accept",
                "policies:¶- name: a¶  when: 'true'¶  mode: warn¶  severity: low | 4:9 | mode: 'warn' must be enforce or log",
                "policies:¶- name: a¶  when: 'true'¶  priority: 1001¶  severity: low | 4:13 | priority: '1001' must be a whole number from 0 to 1000",
                "policies:¶- name: a¶  when: 'true'¶  from: tomorrow¶  severity: low | 4:9 | from: 'tomorrow' must be a time such as",
                "policies:¶- name: a¶  when: 'true'¶  from: 2026-03-01¶  until: 2026-02-01¶  severity: low | 5:10 | until must be later than from",
                "policies:¶- name: a¶  when: 'true'¶  routes: soc | 4:11 | routes must be a list",
                "policies:¶- name: a¶  when: 'true'¶  routes: [SOC] | 4:12 | a route: 'SOC' must be small letters",
                "policies:¶- name: a¶  when: 'true'¶  version: a b¶  severity: low | 4:12 | version: 'a b' must be a version",
                "policies:¶- name: a¶  when: 'true'¶  severity: low¶- name: a¶  when: 'true'¶  severity: low | 5:3 | the name a is taken by the policy in",
                // parameters
                "params: {allowedOrigins: US} | 1:26 | params.allowedOrigins must be a list of texts, not a text",
                "params: {a b: 1} | 1:15 | params.a b: a name is letters",
                "params: {mine: {a: 1}} | 1:16 | params.mine must have one value",
                // expressions
                "policies:¶- name: a¶  when: change.kind =¶  severity: low | 3:21 | when: ",
                "policies:¶- name: a¶  when: chnge.kind == 'REMOVED'¶  severity: low | 3:9 | when: undeclared reference to 'chnge'; known are change, deployment, models, hosting, verdict, params",
                "policies:¶- name: a¶  when: deployment.id == 'x' && change.knd == 'REMOVED'¶  severity: low | 3:39 | when: undefined field 'knd'; docs/policies.md lists",
                "policies:¶- name: a¶  when: params.mine == 1¶  severity: low | 3:15 | when: undefined field 'mine'",
                "policies:¶- name: a¶  when: change.kind == 1¶  severity: low | 3:21 | no matching overload",
                "policies:¶- name: a¶  when: change.kind¶  severity: low | 3:9 | when must be bool, not string",
                "policies:¶- name: a¶  when: change.after¶  severity: low | 3:9 | when must be bool, not dyn",
                "policies:¶- name: a¶  when: change.kind == 'MODEL_SWAPED'¶  severity: low | 3:24 | 'MODEL_SWAPED' is never a change.kind; there are",
                "policies:¶- name: a¶  when: change.kind in ['REMOVED', 'X']¶  severity: low | 3:36 | 'X' is never a change.kind",
                "policies:¶- name: a¶  when: verdict.name != 'REFUSED'¶  severity: low | 3:25 | 'REFUSED' is never a verdict.name",
                "policies:¶- name: a¶  when: now() > change.observedAt¶  severity: low | 3:12 | undeclared reference to 'now'",
                "policies:¶- name: a¶  when: §¶    change.kind == 'REMOVED'¶    && chnge.late¶  severity: low | 5:8 | undeclared reference to 'chnge'",
                "policies:¶- name: a¶  when: >-¶    change.kind == 'REMOVED'¶      && chnge.late¶  severity: low | 5:10 | undeclared reference to 'chnge'",
                "policies:¶- name: a¶  when: 'change.kind == ''REMOVED'' && chnge.late'¶  severity: low | 3:40 | undeclared reference to 'chnge'",
                "policies:¶- name: a¶  when: 'true'¶  nextStep: 'Ask {deployment.ownr}, then …' | 4:29 | nextStep: undefined field 'ownr'",
                "policies:¶- name: a¶  when: 'true'¶  nextStep: Ask {deployment.owner | 4:17 | nextStep: this '{' is never closed",
            })
    void aMistakeIsNamedWithItsPlaceAndWhatToDo(String yaml, String place, String complaint) {
        Path file = write("mine.yaml", yaml.replace('¶', '\n').replace('§', '|'));

        assertThatThrownBy(() -> PolicySet.of(List.of(file), true, Map.of()))
                .isInstanceOf(PolicyException.class)
                .message()
                .startsWith(file + ":" + place + ": ")
                .contains(complaint);
    }

    @Test
    void everyMistakeIsToldAtOnce() {
        Path file = write("mine.yaml", """
                policies:
                  - name: a
                    when: chnge.late
                    severity: grave
                  - name: b
                    when: change.lat
                    severity: low
                """);

        assertThatThrownBy(() -> PolicySet.of(List.of(file), true, Map.of()))
                .message()
                .satisfies(message -> assertThat(message.lines().map(line -> line.replace(file + ":", "")))
                        .satisfiesExactly(
                                line -> assertThat(line).startsWith("3:11: when: undeclared"),
                                line -> assertThat(line).startsWith("4:15: severity: 'grave'"),
                                line -> assertThat(line).startsWith("6:17: when: undefined field 'lat'")));
    }

    @Test
    void aFileThatIsMissingOrTooLargeIsNamed() {
        Path missing = dir.resolve("missing.yaml");
        Path large = write("large.yaml", "#".repeat(1 << 20) + "\n");

        assertThatThrownBy(() -> PolicySet.of(List.of(missing, large), true, Map.of()))
                .hasMessageContaining(missing + ": does not exist")
                .hasMessageContaining(large + ": is larger than 1 MiB");
    }

    @Test
    void anExpressionThatIsTooLongOrTooDeepIsRefused() {
        for (String when : List.of("'" + "x".repeat(4_000) + "' == ''", "(".repeat(200) + "true" + ")".repeat(200))) {
            Path file = write("mine.yaml", "policies:\n- name: a\n  severity: low\n  when: >-\n    " + when + "\n");

            assertThatThrownBy(() -> PolicySet.of(List.of(file), true, Map.of()))
                    .isInstanceOf(PolicyException.class)
                    .hasMessageContaining("mine.yaml:");
        }
    }

    @Test
    void aDirectoryStandsForItsFilesAndAPolicyTakesThePlaceOfAShippedOneOfItsName() {
        write("b.yml", "policies:\n- {name: mine, when: 'true', priority: 1, severity: low, version: '2'}\n");
        write("a.yaml", "policies:\n- {name: default, when: 'true', priority: 0, severity: high}\n");
        write("notes.txt", "no policy");

        List<PolicySet.Summary> all = PolicySet.of(List.of(dir), true, Map.of()).summaries();

        assertThat(all.get(all.size() - 2).name()).isEqualTo("mine");
        assertThat(all.get(all.size() - 2).version()).isEqualTo("2");
        assertThat(all.getLast().place()).isEqualTo(dir.resolve("a.yaml") + ":2:3");
        assertThat(all.getLast().shipped()).isFalse();
        assertThat(all).hasSize(PolicySet.shipped().summaries().size() + 1);
        assertThat(PolicySet.of(List.of(dir), false, Map.of()).summaries()).hasSize(2);
    }

    @Test
    void parametersOfTheConfigurationGoBeforeThoseOfAFileAndThoseBeforeTheShipped() {
        Path file = write("mine.yaml", """
                params:
                  allowedOrigins: [US]
                  criticalOwners: [board]
                  limit: 3
                policies:
                  - name: mine
                    when: deployment.owner in params.criticalOwners && params.limit == 4 && params.allowedOrigins == ['US']
                    severity: critical
                """);

        PolicySet set = PolicySet.of(List.of(file), true, Map.of("criticalOwners", List.of("cx-team"), "limit", 4));

        assertThat(Drifts.swap().by(set).policy()).isEqualTo("mine");
        assertThatThrownBy(() -> PolicySet.of(List.of(file), true, Map.of("criticalOwner", List.of())))
                .hasMessageContaining("policies.params: no policy file has the parameter 'criticalOwner'; known are "
                        + "allowedCountries, allowedOrigins, criticalOwners, limit");
        assertThatThrownBy(() -> PolicySet.of(List.of(file), true, Map.of("limit", "many")))
                .hasMessageContaining("policies.params: params.limit must be a whole number, not a text");
        assertThatThrownBy(() -> PolicySet.of(List.of(file), true, Map.of("limit", Map.of())))
                .hasMessageContaining("limit must be a text, a number, true, false, or a list of texts");
        Path other = write("other.yaml", "params: {limit: 5}");
        assertThatThrownBy(() -> PolicySet.of(List.of(file, other), true, Map.of()))
                .hasMessageContaining(other + ":1:17: params.limit is set in " + file + ":4:10 too");
    }

    private Path write(String name, String text) {
        try {
            return Files.writeString(dir.resolve(name), text);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
