package io.modelwatch.producers.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.Disclosure;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.json.JsonForms;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IntakeParserTest {

    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-03-02T00:00:00Z"));
    private static final String MODEL = """
            {"kind":"model","source":"huggingface","observedAt":"2026-03-01T10:00:00Z","effectiveAt":"2026-03-01T09:58:12Z",\
            "model":{"id":"pkg:huggingface/Qwen/Qwen2.5-7B-Instruct","revision":"a09a354","author":"Qwen","ownerId":"64c8",\
            "parents":[{"id":"pkg:huggingface/Qwen/Qwen2.5-7B","relation":"finetune"}],"license":"apache-2.0","datasets":[],\
            "attributes":{"n":1,"x":1.5,"b":true,"s":"","l":["a"]}},"evidence":{"url":"https://hub.example/m","method":"api"}}""";
    private static final String DEPLOYMENT = """
            {"kind":"deployment","source":"litellm","observedAt":"2026-03-01T10:00:00Z","deployment":{"id":"support-copilot",\
            "type":"copilot","vendor":"acme","models":[{"id":"pkg:generic/openai/gpt-4o","role":"primary","weight":1.0},\
            {"id":"pkg:generic/openai/gpt-4o-mini","role":"primary"}],"hosting":[{"provider":"azure","country":"NL"}]}}""";
    private static final String SWEEP = """
            {"kind":"sweep","source":"huggingface","scope":"author:Qwen","startedAt":"2026-03-01T10:00:00Z",\
            "completedAt":"2026-03-01T10:01:00Z","outcome":"failed","error":"503"}""";
    private static final String TICKET = """
            {"id":"CHG-1","type":"change-ticket","issuedAt":"2026-03-01T10:00:00Z","subject":{"deployment":"support-copilot"},\
            "allows":{"models":["pkg:huggingface/Qwen/*"],"origins":["CN"],"changes":["revision_moved"]},"once":true,\
            "validFrom":"2027-01-01T00:00:00Z","validTo":"2028-01-01T00:00:00Z"}""";
    private static final String REVOCATION =
            "{\"id\":\"R-1\",\"type\":\"revocation\",\"issuedAt\":\"2026-03-01T10:00:00Z\",\"revokes\":\"CHG-1\"}";

    private static Batch<Observation> observe(String text) throws IOException {
        return observe(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Batch<Observation> observe(byte[] bytes) throws IOException {
        return new IntakeParser().observations(new ByteArrayInputStream(bytes), CLOCK);
    }

    private static Batch<ProcurementEvent> procure(String text) throws IOException {
        return new IntakeParser().procurement(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), CLOCK);
    }

    private static Batch<Disclosure> disclose(String text) throws IOException {
        return new IntakeParser().disclosures(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), CLOCK);
    }

    @Test
    void disclosures_are_read_and_come_back_as_they_were() throws IOException {
        String line = """
                {"id":"acme-7","vendor":"acme","deployment":"support-copilot","announcedAt":"2026-02-01T00:00:00Z",\
                "observedAt":"2026-03-01T00:00:00Z","source":"trust-page",\
                "models":[{"id":"pkg:huggingface/Qwen/Qwen3-8B","revision":"a1"},{"id":"pkg:generic/openai/gpt-5"}],\
                "countries":["US"],"evidence":{"url":"https://acme.example/trust","method":"page"}}""";

        Batch<Disclosure> batch = disclose(line);

        assertThat(batch.errors()).isEmpty();
        assertThat(JsonForms.disclosure(batch.accepted().getFirst())).hasToString(line);
    }

    @Test
    void a_disclosure_without_its_own_time_was_announced_when_it_was_seen_and_its_mistakes_are_named()
            throws IOException {
        Batch<Disclosure> batch = disclose("""
                {"id":"a","vendor":"acme","observedAt":"2026-03-01T00:00:00Z"}
                {"id":"b","vendor":"acme","observedAt":"2026-03-01T00:00:00Z","models":[{"id":"gpt-5"}]}
                {"id":"c","observedAt":"2026-03-01T00:00:00Z","countries":["Germany"]}
                {"id":"d","vendor":"acme","observedAt":"2036-03-01T00:00:00Z","approved":true}
                """);

        assertThat(batch.accepted())
                .extracting(Disclosure::getAnnouncedAt)
                .containsExactly(Instant.parse("2026-03-01T00:00:00Z"));
        assertThat(batch.errors())
                .extracting(LineError::line, LineError::field)
                .contains(
                        tuple(2, "models[0].id"),
                        tuple(3, "vendor"),
                        tuple(3, "countries[0]"),
                        tuple(4, "observedAt"),
                        tuple(4, "approved"));
    }

    @Test
    void good_lines_become_records_with_ids() throws IOException {
        Batch<Observation> batch = observe("\uFEFF" + MODEL + "\r\n\n  \n" + DEPLOYMENT + "\n" + SWEEP);
        assertThat(batch.errors()).isEmpty();
        assertThat(batch.accepted())
                .extracting(Observation::getSubject, Observation::getConfidence)
                .containsExactly(
                        tuple("pkg:huggingface/Qwen/Qwen2.5-7B-Instruct", Confidence.DECLARED),
                        tuple("support-copilot", Confidence.OBSERVED),
                        tuple("huggingface", Confidence.OBSERVED));
        assertThat(batch.accepted()).extracting(Observation::getId).doesNotHaveDuplicates();
        assertThat(batch.accepted().get(1).getDeployment().getModels())
                .extracting(DeployedModel::getRole)
                .containsExactly("primary", "primary#2");
        assertThat(batch.accepted().get(2).getSweep().getRemovalSweeps()).isEqualTo(2);
    }

    @Test
    void the_form_that_comes_out_goes_in_again() throws IOException {
        Batch<Observation> first = observe(MODEL + "\n" + DEPLOYMENT + "\n" + SWEEP);
        StringBuilder lines = new StringBuilder();
        first.accepted().forEach(o -> lines.append(JsonForms.observation(o)).append('\n'));
        assertThat(observe(lines.toString())).isEqualTo(first);

        Batch<ProcurementEvent> events = procure(TICKET + "\n" + REVOCATION);
        assertThat(events.errors()).isEmpty();
        lines.setLength(0);
        events.accepted().forEach(e -> lines.append(JsonForms.procurement(e)).append('\n'));
        assertThat(procure(lines.toString())).isEqualTo(events);
        assertThat(events.accepted().get(0).getCorrelationId()).hasSize(32);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', textBlock = """
            "kind":"model" ~ "kind":"modle" ~ kind
            "kind":"model", ~ '' ~ kind
            "source":"huggingface" ~ "sauce":"x" ~ sauce
            "source":"huggingface", ~ '' ~ source
            "source":"huggingface" ~ "source":7 ~ source
            "source":"huggingface" ~ "source":null ~ source
            "source":"huggingface" ~ "source":" " ~ source
            2026-03-01T10:00:00Z ~ 2026-03-02T00:05:01Z ~ observedAt
            2026-03-01T10:00:00Z ~ 2026-02-30T10:00:00Z ~ observedAt
            2026-03-01T10:00:00Z ~ yesterday ~ observedAt
            2026-03-01T10:00:00Z ~ 2026-03-01T10:00:00+02:00 ~ observedAt
            2026-03-01T09:58:12Z ~ 2027-03-01T09:58:12Z ~ effectiveAt
            Qwen2.5-7B-Instruct" ~ Qwen2.5-7B-Instruct@a09a354" ~ model.id
            pkg:huggingface/Qwen/Qwen2.5-7B-Instruct ~ Qwen/Qwen2.5-7B-Instruct ~ model.id
            pkg:huggingface/Qwen/Qwen2.5-7B" ~ x" ~ model.parents[0].id
            finetune ~ offspring ~ model.parents[0].relation
            "revision":"a09a354" ~ "revision":["a"] ~ model.revision
            "datasets":[] ~ "datasets":[1] ~ model.datasets[0]
            "datasets":[] ~ "datasets":"x" ~ model.datasets
            "l":["a"] ~ "l":{"a":1} ~ model.attributes.l
            "l":["a"] ~ "l":[1] ~ model.attributes.l
            "x":1.5 ~ "x":1e999 ~ model.attributes.x
            "license":"apache-2.0" ~ "license":"a\\u0000b" ~ model.license
            "license":"apache-2.0" ~ "licence":"apache-2.0" ~ model.licence
            https://hub ~ https://user:secret@hub ~ evidence.url
            """)
    void a_bad_field_of_a_model_is_named(String good, String bad, String field) throws IOException {
        refused(observe(MODEL.replace(good, bad) + "\n" + SWEEP), field);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', textBlock = """
            "id":"support-copilot" ~ "id":"pkg:x/y" ~ deployment.id
            "type":"copilot" ~ "type":"fridge" ~ deployment.type
            "weight":1.0 ~ "weight":1.1 ~ deployment.models[0].weight
            "weight":1.0 ~ "weight":"1" ~ deployment.models[0].weight
            "role":"primary","weight" ~ "weight" ~ deployment.models[0].role
            "role":"primary","weight" ~ "role":"a.b","weight" ~ deployment.models[0].role
            "NL" ~ "XX" ~ deployment.hosting[0].country
            "NL" ~ "nl" ~ deployment.hosting[0].country
            {"provider":"azure","country":"NL"} ~ {} ~ deployment.hosting[0]
            """)
    void a_bad_field_of_a_deployment_is_named(String good, String bad, String field) throws IOException {
        refused(observe(DEPLOYMENT.replace(good, bad) + "\n" + SWEEP), field);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', textBlock = """
            "failed" ~ "fine" ~ outcome
            10:01:00Z ~ 09:01:00Z ~ completedAt
            "error":"503" ~ "removalSweeps":0 ~ removalSweeps
            """)
    void a_bad_field_of_a_sweep_is_named(String good, String bad, String field) throws IOException {
        refused(observe(SWEEP.replace(good, bad) + "\n" + MODEL), field);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', textBlock = """
            change-ticket ~ chat ~ type
            "id":"CHG-1", ~ '' ~ id
            2026-03-01T10:00:00Z ~ 2026-04-01T10:00:00Z ~ issuedAt
            "deployment":"support-copilot" ~ '' ~ subject
            "deployment":"support-copilot" ~ "deployment":"d","vendor":"v" ~ subject
            "deployment":"support-copilot" ~ "vendor":"acme" ~ once
            "deployment":"support-copilot" ~ "team":"x" ~ subject.team
            pkg:huggingface/Qwen/* ~ Qwen* ~ allows.models[0]
            "CN" ~ "China" ~ allows.origins[0]
            revision_moved ~ REVISION_MOVED ~ allows.changes[0]
            "once":true ~ "once":"yes" ~ once
            2028-01-01 ~ 2026-12-31 ~ validTo
            "once":true ~ "revokes":"x" ~ revokes
            """)
    void a_bad_field_of_a_procurement_event_is_named(String good, String bad, String field) throws IOException {
        Batch<ProcurementEvent> batch = procure(TICKET.replace(good, bad) + "\n" + REVOCATION);
        refused(batch, field);
    }

    @Test
    void a_revocation_names_what_it_revokes_and_nothing_else() throws IOException {
        refused(procure(REVOCATION.replace(",\"revokes\":\"CHG-1\"", "") + "\n" + TICKET), "revokes");
        refused(procure(REVOCATION.replace("CHG-1", "R-1") + "\n" + TICKET), "revokes");
        refused(procure(REVOCATION.replace("}", ",\"subject\":{\"vendor\":\"x\"}}") + "\n" + TICKET), "subject");
    }

    @Test
    void a_line_that_is_no_object_is_refused_as_a_whole() throws IOException {
        for (String bad : new String[] {
            "<!DOCTYPE html>",
            "[1]",
            "{",
            "{\"kind\":",
            MODEL + "x",
            MODEL + MODEL,
            "[".repeat(100_000),
            "{\"kind\":\"model\",\"kind\":\"model\"}",
            "x".repeat(IntakeParser.MAX_LINE_BYTES + 1),
            "null"
        }) {
            refused(observe(bad + "\n" + SWEEP), "");
        }
        byte[] latin = ("{\"kind\":\"\u00e9\"}\n" + SWEEP).getBytes(StandardCharsets.ISO_8859_1);
        refused(observe(latin), "");
    }

    @Test
    void more_than_a_topic_can_take_is_refused_here() throws IOException {
        String attributes = "{\"n\":1,\"x\":1.5,\"b\":true,\"s\":\"\",\"l\":[\"a\"]}";
        StringBuilder many = new StringBuilder("{\"a\":1");
        for (int i = 0; i < 4096; i++) {
            many.append(",\"a").append(i).append("\":1");
        }
        refused(observe(MODEL.replace(attributes, many + "}") + "\n" + SWEEP), "model.attributes");
        String large = "{\"a\":\"" + "x".repeat(300_000) + "\"}";
        refused(observe(MODEL.replace(attributes, large) + "\n" + SWEEP), "model");
    }

    @Test
    void an_input_that_never_ends_ends_here() throws IOException {
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 'x';
            }

            @Override
            public int read(byte[] bytes, int from, int length) {
                java.util.Arrays.fill(bytes, from, from + length, (byte) 'x');
                return length;
            }
        };
        Batch<Observation> batch = new IntakeParser().observations(endless, CLOCK);
        assertThat(batch.accepted()).isEmpty();
        assertThat(batch.errors()).hasSize(1);
    }

    @Test
    void lines_beyond_the_limit_are_not_read() throws IOException {
        byte[] lines = (SWEEP + "\n" + SWEEP + "\n" + SWEEP).getBytes(StandardCharsets.UTF_8);
        Batch<Observation> batch = new IntakeParser(1).observations(new ByteArrayInputStream(lines), CLOCK);
        assertThat(batch.accepted()).hasSize(1);
        assertThat(batch.errors()).extracting(LineError::line).containsExactly(2);
    }

    @Test
    void nobody_speaks_under_the_name_of_what_is_inferred() throws IOException {
        refused(
                observe(MODEL.replaceFirst("\"source\":\"[^\"]+\"", "\"source\":\"inference\"") + "\n" + SWEEP),
                "source");
        refused(
                observe(SWEEP.replaceFirst("\"source\":\"[^\"]+\"", "\"source\":\"inference\"") + "\n" + MODEL),
                "source");
    }

    @Test
    void five_minutes_ahead_is_no_future() throws IOException {
        assertThat(observe(MODEL.replace("2026-03-01T10:00:00Z", "2026-03-02T00:05:00Z"))
                        .errors())
                .isEmpty();
    }

    private static void refused(Batch<?> batch, String field) {
        assertThat(batch.accepted()).as("the other line goes through").hasSize(1);
        assertThat(batch.errors()).isNotEmpty().allSatisfy(error -> {
            assertThat(error.line()).isEqualTo(1);
            assertThat(error.message()).isNotBlank().doesNotContain("secret");
        });
        assertThat(batch.errors()).extracting(LineError::field).contains(field);
    }
}
