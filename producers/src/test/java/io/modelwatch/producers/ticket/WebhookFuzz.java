package io.modelwatch.producers.ticket;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.modelwatch.producers.Fuzzed;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Bodies that ticket systems post. */
class WebhookFuzz {

    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-03-02T00:00:00Z"));

    private static final List<Webhook> WEBHOOKS = Stream.of("jira", "servicenow")
            .map(mapping -> new Webhook(
                    WebhookConfig.fromMap(Map.of("name", mapping, "mapping", mapping, "secretEnv", "X")), name -> null))
            .toList();

    static Stream<Arguments> samples() {
        return Fuzzed.texts("{\"issue\":" + TicketReaderTest.issue("Approved") + "}", """
                {"number":"CHG0030001","approval":"approved","sys_updated_on":"2026-03-01 10:00:00","approval_set":"2026-03-01 10:00:00","u_modelwatch_deployment":"d","u_modelwatch_models":"pkg:*;pkg:a","end_date":"2026-12-31"}
                """);
    }

    @MethodSource("samples")
    @FuzzTest
    void aTicketIsReadOrRefused(byte[] body) {
        for (Webhook webhook : WEBHOOKS) {
            TicketReader.Ticket ticket = webhook.read(body, CLOCK);
            if (ticket.event() != null) {
                Fuzzed.mustBeWritable(ticket.event());
            }
        }
    }
}
