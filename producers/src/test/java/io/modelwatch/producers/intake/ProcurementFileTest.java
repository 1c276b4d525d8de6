package io.modelwatch.producers.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.ProcurementType;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProcurementFileTest {

    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-06-01T00:00:00Z"));

    private static final String JSON = "{\"id\":\"C-1\",\"type\":\"approval\",\"issuedAt\":\"2026-03-01T00:00:00Z\","
            + "\"subject\":{\"deployment\":\"d\"},\"allows\":{\"models\":[\"pkg:huggingface/a/*\",\"pkg:huggingface/b/c\"],"
            + "\"countries\":[\"NO\"]},\"once\":true,\"validTo\":\"2026-12-31T00:00:00Z\",\"approver\":\"Kim, CIO\"}";

    static {
        Topics.all();
    }

    private static Batch<ProcurementEvent> read(String name, String text) {
        return ProcurementFile.read(name, text.getBytes(StandardCharsets.UTF_8), CLOCK);
    }

    private static List<String> errors(Batch<?> batch) {
        return batch.errors().stream()
                .map(error -> error.line() + " " + error.field() + " " + error.message())
                .toList();
    }

    @Test
    void shouldReadOneEventAlikeInEveryForm() {
        String yaml = """
                # what the board approved
                - id: C-1
                  type: approval
                  issuedAt: 2026-03-01T00:00:00Z
                  subject:
                    deployment: d
                  allows:
                    models: ["pkg:huggingface/a/*", pkg:huggingface/b/c]
                    countries: [NO]
                  once: true
                  validTo: 2026-12-31T00:00:00Z
                  approver: Kim, CIO
                """;
        String csv = """
                id,type,issuedAt,deployment,models,countries,once,validTo,approver,reference
                C-1,approval,2026-03-01T00:00:00Z,d,pkg:huggingface/a/*; pkg:huggingface/b/c,NO,TRUE,2026-12-31T00:00:00Z,"Kim, CIO",
                """;
        List<Batch<ProcurementEvent>> all = List.of(
                read("a.json", JSON),
                read("a.json", "\uFEFF[" + JSON + "]"),
                read("a.jsonl", JSON + "\n"),
                read("a.NDJSON", "\n" + JSON),
                read("a.yaml", yaml),
                read("a.yml", "---\n---\n" + JSON),
                read("a.csv", csv));

        assertThat(all).allSatisfy(batch -> {
            assertThat(batch.errors()).isEmpty();
            // The digest of all that it says.
            assertThat(batch.accepted())
                    .extracting(ProcurementEvent::getCorrelationId)
                    .containsExactly(all.getFirst().accepted().getFirst().getCorrelationId());
        });
        assertThat(all.getFirst().accepted().getFirst().getApprover()).isEqualTo("Kim, CIO");
    }

    @Test
    void shouldReadARevocationFromATable() {
        Batch<ProcurementEvent> batch =
                read("a.csv", "id,type,issuedAt,revokes,deployment\r\nR-1,revocation,2026-03-01T00:00:00Z,C-1,\r\n");

        assertThat(batch.errors()).isEmpty();
        assertThat(batch.accepted().getFirst().getType()).isEqualTo(ProcurementType.REVOCATION);
        assertThat(batch.accepted().getFirst().getRevokes()).isEqualTo("C-1");
    }

    @Test
    void shouldNameLineAndFieldAndTakeTheOthers() {
        String yaml = """
                - {id: C-1, type: approval, issuedAt: 2026-03-01T00:00:00Z, subject: {deployment: d}}
                - id: C-2
                  type: approval
                  issuedAt: yesterday
                  subject: {deployment: d}
                - id: 1042
                  type: approval
                  issuedAt: 2026-03-01T00:00:00Z
                  subject: {deployment: d}
                - nothing
                """;
        Batch<ProcurementEvent> batch = read("a.yaml", yaml);

        assertThat(batch.accepted()).extracting(ProcurementEvent::getId).containsExactly("C-1");
        assertThat(batch.lines()).containsExactly(1);
        assertThat(errors(batch))
                .satisfiesExactly(
                        one -> assertThat(one).startsWith("2 issuedAt not a time"),
                        two -> assertThat(two).startsWith("6 id must be a string, is a number"),
                        three -> assertThat(three).startsWith("10  must be an object"));
    }

    @Test
    void shouldNameTheLinesOfATable() {
        Batch<ProcurementEvent> batch = read("a.csv", """
                id,type,issuedAt,deployment,countries
                C-1,approval,2026-03-01T00:00:00Z,d,NL

                C-2,approval,2026-03-01T00:00:00Z,d,Netherlands
                C-3,approval,2026-03-01T00:00:00Z
                """);

        assertThat(batch.accepted()).extracting(ProcurementEvent::getId).containsExactly("C-1");
        assertThat(errors(batch))
                .satisfiesExactly(
                        one -> assertThat(one).startsWith("4 allows.countries[0] not an ISO 3166-1"),
                        two -> assertThat(two).isEqualTo("5  has 3 cells where the header has 5"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a.json|[%s,{\"id\":\"C-2\",",
                "a.yaml|- %s\n- id: \"C-2\n",
                "a.yaml|- %s\n- {id: C-2, id: C-3}",
                "a.yaml|x: &m [pkg:huggingface/a/b]\nallows: *m",
                "a.csv|id,type,isuedAt\nC-1,approval,x",
                "a.csv|id;type;issuedAt\nC-1;approval;x",
                "a.csv|id,id\nC-1,C-1",
                "a.json|<html>",
            })
    void shouldTakeNothingOfAFileThatIsNotWhole(String given) {
        String name = given.substring(0, given.indexOf('|'));
        Batch<ProcurementEvent> batch =
                read(name, given.substring(given.indexOf('|') + 1).replace("%s", JSON));

        assertThat(batch.accepted()).isEmpty();
        assertThat(batch.errors()).isNotEmpty().allSatisfy(error -> {
            assertThat(error.line()).isPositive();
            assertThat(error.message()).isNotBlank();
        });
    }

    @Test
    void shouldRefuseWhatIsNoText() {
        assertThat(errors(ProcurementFile.read("a.json", new byte[] {(byte) 0xff, (byte) 0xfe, 'a', 0}, CLOCK)))
                .containsExactly("0  not UTF-8");
        assertThat(errors(ProcurementFile.read("a.yaml", new byte[ProcurementFile.MAX_BYTES + 1], CLOCK)))
                .containsExactly("0  longer than 16 MiB; split it");
        assertThat(errors(read("a.json", "[".repeat(100_000)))).hasSize(1);
        assertThat(read("a.yaml", "").accepted()).isEmpty();
        assertThat(read("a.yaml", "").errors()).isEmpty();
        assertThat(ProcurementFile.isOne("a.txt")).isFalse();
        assertThatThrownBy(() -> read("a.txt", "x")).hasMessageContaining("a.txt");
    }
}
