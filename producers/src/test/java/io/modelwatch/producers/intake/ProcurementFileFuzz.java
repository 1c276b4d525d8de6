package io.modelwatch.producers.intake;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.modelwatch.producers.Fuzzed;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Files of procurement events in every form. */
class ProcurementFileFuzz {

    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-03-02T00:00:00Z"));
    private static final List<String> NAMES = List.of("a.yaml", "a.json", "a.jsonl", "a.csv");

    static Stream<Arguments> samples() {
        return Fuzzed.texts(
                """
                # tickets
                - id: CHG-1
                  type: approval
                  issuedAt: 2026-03-01T10:00:00Z
                  subject: {deployment: d}
                  allows: {models: ["pkg:*"], countries: [NL]}
                  once: true
                ---
                id: CHG-2
                type: revocation
                """,
                "[{\"id\":\"CHG-1\",\"type\":\"approval\",\"issuedAt\":\"2026-03-01T10:00:00Z\",\"subject\":{\"vendor\":\"v\"}}]",
                "id,type,issuedAt,deployment,models,countries,validTo\nCHG-1,approval,2026-03-01,d,pkg:*;\"a\"\"b\",NL;DE,\n",
                "&a [*a, !!java.net.URL ['x'], <<: *a]");
    }

    @MethodSource("samples")
    @FuzzTest
    void aFileIsReadOrRefused(byte[] content) {
        for (String name : NAMES) {
            ProcurementFile.read(name, content, CLOCK).accepted().forEach(Fuzzed::mustBeWritable);
        }
    }
}
