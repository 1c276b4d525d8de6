package io.modelwatch.alerts.policy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Policy files, and conditions in CEL that are asked about a change. */
class PoliciesFuzz {

    static Stream<Arguments> samples() {
        return Stream.of(
                        "params: {a: [US]}\npolicies:\n- {name: a, when: 'true', severity: low}\n",
                        "policies:\n- {name: b, priority: 600, when: \"glob('*-copilot', deployment.id) && change.kind == 'MODEL_SWAPPED'\", grace: 1h, routes: [soc], nextStep: 'Ask {deployment.owner}'}\n",
                        "policies:\n- {name: c, when: 'mbom.components.exists(c, c.origins.all(o, o.country in params.allowedOrigins))', ignore: true}\n",
                        "policies:\n- {name: d, when: \"'a'.matches('(a*)*b') || 1 / 0 == 1\", baseline: accept}\n")
                .map(text -> Arguments.of((Object) text.getBytes(StandardCharsets.UTF_8)));
    }

    @MethodSource("samples")
    @FuzzTest
    void aPolicyIsRefusedWithItsPlaceOrGivesADecision(byte[] text) throws IOException {
        Path file = Files.createTempFile("policies", ".yaml");
        try {
            Files.write(file, text);
            PolicySet set = PolicySet.of(List.of(file), false, Map.of());
            if (Drifts.swap().by(set).severity() == null) {
                throw new AssertionError("a decision without a severity");
            }
        } catch (PolicyException refused) {
            if (refused.getMessage() == null || refused.getMessage().isBlank()) {
                throw new AssertionError("a refusal that says nothing");
            }
        } finally {
            Files.deleteIfExists(file);
        }
    }
}
