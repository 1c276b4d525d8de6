package io.modelwatch.producers.ticket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.producers.ticket.TicketReader.Ticket;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.json.JsonForms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TicketReaderTest {

    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-06-01T00:00:00Z"));

    @TempDir
    private Path dir;

    static {
        Topics.all();
    }

    /** In the form that Atlassian documents; nothing recorded was at hand. */
    static String issue(String status) {
        return """
                {"id":"10001","key":"CHG-7","self":"https://acme.atlassian.net/rest/api/3/issue/10001","fields":{
                "status":{"name":"%s"},"updated":"2026-03-05T12:00:00.000+0100","resolutiondate":null,
                "statuscategorychangedate":"2026-03-02T10:00:00.000+0200","assignee":{"displayName":"Kim"},
                "labels":["deployment=support-copilot","model=pkg:huggingface/Qwen/Qwen2.5-*","model=pkg:generic/x/y",
                "change=model_swapped","until=2026-12-31","urgent"]}}""".formatted(status);
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    private static String event(Ticket ticket) {
        assertThat(ticket.errors()).isEmpty();
        return JsonForms.procurement(Objects.requireNonNull(ticket.event())).toString();
    }

    private TicketReader reader(String mapping) throws IOException {
        Path file = Files.writeString(dir.resolve("mapping.yaml"), mapping);
        return new TicketReader(Mapping.load(file.toString()));
    }

    @Test
    void shouldReadAnIssueByItsLabels() {
        TicketReader jira = new TicketReader(Mapping.load("jira"));

        String approval = "{\"id\":\"CHG-7\",\"type\":\"approval\",\"issuedAt\":\"2026-03-02T08:00:00Z\",\"subject\":"
                + "{\"deployment\":\"support-copilot\"},\"allows\":{\"models\":[\"pkg:huggingface/Qwen/Qwen2.5-*\","
                + "\"pkg:generic/x/y\"],\"changes\":[\"model_swapped\"]},\"once\":false,\"validTo\":"
                + "\"2027-01-01T00:00:00Z\",\"approver\":\"Kim\",\"reference\":"
                + "\"https://acme.atlassian.net/rest/api/3/issue/10001\"}";
        assertThat(event(jira.read(json(issue("Approved")), CLOCK))).isEqualTo(approval);
        assertThat(event(jira.fromBody(
                        json("{\"webhookEvent\":\"jira:issue_updated\",\"issue\":" + issue("APPROVED") + "}"), CLOCK)))
                .isEqualTo(approval);
        assertThat(event(jira.read(json(issue("Rejected")), CLOCK)))
                .isEqualTo("{\"id\":\"CHG-7:revocation\",\"type\":\"revocation\",\"issuedAt\":\"2026-03-02T08:00:00Z\","
                        + "\"revokes\":\"CHG-7\",\"approver\":\"Kim\",\"reference\":"
                        + "\"https://acme.atlassian.net/rest/api/3/issue/10001\"}");
        assertThat(jira.read(json(issue("In Review")), CLOCK).ignored())
                .isEqualTo("CHG-7: 'In Review' decides nothing");
    }

    @Test
    void shouldReadAChangeRequest() {
        TicketReader servicenow = new TicketReader(Mapping.load("servicenow"));
        String record = """
                {"number":"CHG0030001","approval":"approved","approval_set":"2026-03-02 08:00:00","sys_id":"a1b2",
                "u_modelwatch_deployment":"support-copilot","u_modelwatch_models":"pkg:huggingface/a/*\\npkg:huggingface/b/c",
                "u_modelwatch_countries":"","start_date":"2026-03-03 00:00:00","end_date":"","assigned_to":""}""";

        assertThat(event(servicenow.fromBody(json(record), CLOCK)))
                .isEqualTo("{\"id\":\"CHG0030001\",\"type\":\"change-ticket\",\"issuedAt\":\"2026-03-02T08:00:00Z\","
                        + "\"subject\":{\"deployment\":\"support-copilot\"},\"allows\":{\"models\":[\"pkg:huggingface/a/*\","
                        + "\"pkg:huggingface/b/c\"]},\"once\":false,\"validFrom\":\"2026-03-03T00:00:00Z\","
                        + "\"reference\":\"a1b2\"}");
    }

    @Test
    void shouldTakeConstantsAndReplaceValues() throws Exception {
        TicketReader reader = reader("""
                decision: state
                decisions: {Freigegeben: exception, Widerrufen: revocation}
                revokedAt: withdrawn
                fields: {id: nr, issuedAt: at, changes: kind, once: single}
                constants: {vendor: acme}
                values:
                  changes: {Modellwechsel: model_swapped}
                """);

        assertThat(event(reader.read(
                        json(
                                "{\"nr\":7,\"state\":\"Freigegeben\",\"at\":1772524800000,\"kind\":[\"Modellwechsel\"],\"single\":false}"),
                        CLOCK)))
                .isEqualTo("{\"id\":\"7\",\"type\":\"exception\",\"issuedAt\":\"2026-03-03T08:00:00Z\",\"subject\":"
                        + "{\"vendor\":\"acme\"},\"allows\":{\"changes\":[\"model_swapped\"]},\"once\":false}");
        assertThat(event(reader.read(
                        json("{\"nr\":7,\"state\":\"Widerrufen\",\"at\":1772524800000,\"withdrawn\":\"2026-04-01\"}"),
                        CLOCK)))
                .isEqualTo("{\"id\":\"7:revocation\",\"type\":\"revocation\",\"issuedAt\":\"2026-04-01T00:00:00Z\","
                        + "\"revokes\":\"7\"}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|id|the ticket has none at key",
                "{\"key\":\"A\",\"fields\":{\"status\":{\"name\":\"Approved\"}}}|issuedAt|required field is missing",
                "{\"key\":\"A\",\"fields\":{\"status\":{\"name\":\"Approved\"},\"resolutiondate\":\"soon\"}}|issuedAt|not a time",
                "{\"key\":\"A\",\"fields\":{\"status\":{\"name\":\"Approved\"},\"resolutiondate\":\"2026-03-01\"}}|subject|required",
            })
    void shouldSayWhatATicketLacks(String ticket, String field, String message) {
        Ticket read = new TicketReader(Mapping.load("jira")).read(json(ticket), CLOCK);

        assertThat(read.event()).isNull();
        assertThat(read.errors()).anySatisfy(error -> {
            assertThat(error.field()).isEqualTo(field);
            assertThat(error.message()).contains(message);
        });
    }

    @Test
    void shouldBoundAnExpressionThatNeverEnds() throws Exception {
        TicketReader reader = reader("""
                decision: state
                decisions: {ok: approval}
                fields:
                  id: id
                  issuedAt: '($f := function($n) { $f($n + 1) + 1 }; $f(0))'
                """);

        assertThat(reader.read(json("{\"id\":\"A\",\"state\":\"ok\"}"), CLOCK).errors())
                .singleElement()
                .satisfies(error -> assertThat(error.message()).contains("expression for 'issuedAt' fails"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "decision: a|decisions: name at least one",
                "decision: a;decisions: {x: perhaps};fields: {id: a, issuedAt: b}|must be approval, contract",
                "decision: a;decisions: {x: approval};fields: {id: a}|is missing",
                "decision: a;decisions: {x: approval};fields: {id: a, issuedAt: b, type: c}|is no field; legal are",
                "decision: a;decisions: {x: approval};fields: {id: a, issuedAt: b};constants: {id: c}|in fields and in constants",
                "decision: (;decisions: {x: approval};fields: {id: a, issuedAt: b}|no JSONata",
                "decisoin: a|unknown key",
            })
    void shouldRefuseAMappingThatIsNotLegal(String lines, String message) {
        assertThatThrownBy(() -> reader(lines.replace(';', '\n')))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
        assertThatThrownBy(() -> Mapping.load("none")).hasMessageContaining("is not shipped");
        assertThatThrownBy(() -> Mapping.load("./none.yaml")).hasMessageContaining("no such file");
    }
}
