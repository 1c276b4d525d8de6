package io.modelwatch.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.schemas.avro.ModelFacts;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class IdsTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    @Test
    void theWholeDigestIsPlainSha256() {
        assertThat(Ids.sha256("abc".getBytes(StandardCharsets.US_ASCII)))
                .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    @Test
    void anIdIs128BitsInHex() {
        assertThat(Ids.digest("a")).matches("[0-9a-f]{32}").isEqualTo(Ids.digest("a"));
    }

    @Test
    void partsDoNotRunIntoEachOther() {
        assertThat(List.of(Ids.digest("ab", "c"), Ids.digest("a", "bc"), Ids.digest("abc"), Ids.digest("abc", "")))
                .doesNotHaveDuplicates();
    }

    @Test
    void everyPartOfAnObservationCounts() {
        assertThat(List.of(
                        Ids.observation("s", null, "m", NOON, "f"),
                        Ids.observation("t", null, "m", NOON, "f"),
                        Ids.observation("s", "c", "m", NOON, "f"),
                        Ids.observation("s", null, "n", NOON, "f"),
                        Ids.observation("s", null, "m", NOON.plusMillis(1), "f"),
                        Ids.observation("s", null, "m", NOON, "g")))
                .doesNotHaveDuplicates();
    }

    @Test
    void kindsOfIdsDoNotMeet() {
        assertThat(List.of(Ids.change("a", "b"), Ids.change("a", null), Ids.alert("a", "b", ""), Ids.digest("a", "b")))
                .doesNotHaveDuplicates();
    }

    @Test
    void factsAreDigestedWithoutTheirOrder() {
        ModelFacts one = ModelFacts.newBuilder()
                .setId("m")
                .setDatasets(List.of("a", "b"))
                .build();
        ModelFacts other = ModelFacts.newBuilder()
                .setId("m")
                .setDatasets(List.of("b", "a"))
                .build();

        assertThat(Ids.factsDigest(one)).isEqualTo(Ids.factsDigest(other));
    }

    @Test
    void aSerialNumberIsAFixedUuid() {
        assertThat(Ids.serialNumber("support-copilot"))
                .matches("urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
                .isEqualTo(Ids.serialNumber("support-copilot"))
                .isNotEqualTo(Ids.serialNumber("support-copilot2"));
    }
}
