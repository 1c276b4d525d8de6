package io.modelwatch.producers.receiver;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.modelwatch.producers.Fuzzed;
import io.modelwatch.schemas.Ids;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Bills that a cluster's controller posts. */
class AibomReceiverFuzz {

    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-06-01T00:00:00Z"));

    private static final AibomReceiver RECEIVER = new AibomReceiver(
            ReceiverConfig.fromMap(Map.of("name", "aibom", "type", ReceiverConfig.TYPE)), name -> null);

    static Stream<Arguments> samples() {
        return Stream.of(Arguments.of((Object) AibomReceiverTest.bill().getBytes(StandardCharsets.UTF_8)));
    }

    @MethodSource("samples")
    @FuzzTest
    void aBillIsReadOrRefused(byte[] body) {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.put("Content-Type", "application/json");
        headers.put("X-Aibom-Document-Hash", "sha256:" + Ids.sha256(body));
        headers.put("X-Aibom-Workload-Kind", "Deployment");
        headers.put("X-Aibom-Workload-Namespace", "prod-inference");
        headers.put("X-Aibom-Workload-Name", "vllm-llama3");
        RECEIVER.read(headers::get, body, CLOCK).accepted().forEach(Fuzzed::mustBeWritable);
    }
}
