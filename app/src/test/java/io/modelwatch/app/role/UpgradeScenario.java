package io.modelwatch.app.role;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.producers.intake.Batch;
import io.modelwatch.producers.intake.IntakeParser;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.AlertAction;
import io.modelwatch.schemas.avro.AlertActionKind;
import io.modelwatch.schemas.avro.SourceHealth;
import io.modelwatch.schemas.avro.SourceState;
import io.modelwatch.schemas.avro.Tick;
import io.modelwatch.schemas.avro.Traffic;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;

/**
 * A small company that uses everything that the topologies keep: what happens before they are stopped in the midst of
 * work, and what happens after. Recordings of the state between the two are kept, so what happens before is never
 * changed: it may only be added to, at its end, and with a new recording.
 */
final class UpgradeScenario {

    private static final InstantSource CLOCK = () -> Instant.parse("2026-11-01T00:00:00Z");

    private static final String BASE = "pkg:huggingface/Qwen/Qwen2.5-7B-Instruct";
    private static final String TUNED = "pkg:huggingface/acme/support-7b";
    private static final String COPY = "pkg:huggingface/bartowski/Qwen2.5-7B-Instruct-GGUF";
    private static final String OLD_NAME = "pkg:huggingface/old-name/model";
    private static final String NEW_NAME = "pkg:huggingface/new-name/model";
    private static final String LISTED = "pkg:generic/openai/gpt-4o";
    private static final String DELISTED = "pkg:generic/openai/gpt-4";

    private UpgradeScenario() {}

    static void before(Inputs in) {
        // Models: a base, what is derived from it by its card and by its name alone, and one that two sources know.
        in.model(
                1,
                "huggingface",
                BASE,
                "\"ownerId\":\"o1\",\"license\":\"apache-2.0\",\"attributes\":{\"repository_id\":\"r1\"}");
        in.model(1, "huggingface", TUNED, parent(BASE) + ",\"license\":\"apache-2.0\"");
        in.model(1, "huggingface", COPY, "\"license\":\"apache-2.0\"");
        in.model(1, "mirror", BASE, "\"license\":\"mit\"");
        in.model(1, "huggingface", OLD_NAME, "\"attributes\":{\"repository_id\":\"r2\"}");
        // A list that has lost one model for good and another once.
        in.model(1, "openai", LISTED, "\"attributes\":{\"context_length\":128000}");
        in.model(1, "openai", DELISTED, "\"attributes\":{}");
        in.sweep(2, "openai");
        in.model(2, "openai", LISTED, "\"attributes\":{\"context_length\":128000}");
        in.sweep(3, "openai");
        in.sweep(4, "openai");

        in.procure(
                "{'id':'P1','type':'approval','issuedAt':'%s','subject':{'vendor':'acme'},'allows':{'licenses':['apache-2.0']},'validTo':'%s'}",
                1, 40);
        in.procure(
                "{'id':'P2','type':'change-ticket','issuedAt':'%s','subject':{'deployment':'claims'},'once':true,'validTo':'%s'}",
                1, 3);
        in.procure(
                "{'id':'P3','type':'approval','issuedAt':'%s','subject':{'model':'pkg:generic/openai/*'},'validTo':'%s'}",
                1, 90);
        in.procure("{'id':'P4','type':'revocation','issuedAt':'%s','revokes':'P2'}", 20, 90);
        in.disclose(
                "{'id':'D1','vendor':'acme','announcedAt':'%s','observedAt':'%s','models':[{'id':'" + TUNED + "'}]}",
                2,
                2);

        in.deployment(5, "support-copilot", "acme", TUNED, "NL");
        in.deployment(5, "claims", "acme", TUNED, "NL");
        in.deployment(5, "translator", "", LISTED, "US");
        // A past: what is approved and over.
        in.deployment(6, "translator", "", "pkg:generic/openai/gpt-4o-mini", "US");
        in.deployment(7, "translator", "", LISTED, "US");
        in.tick(8);
        in.traffic(9, "claims", "gpt-4o", "gpt-4o-2024-08-06");
        in.health(8, "openai", SourceState.BLIND);
        in.health(9, "huggingface", SourceState.SEEING);
        in.health(9, "telemetry", SourceState.SEEING);
        in.tick(10);
        // One change of a base reaches two deployments: a group of alerts.
        in.model(
                10,
                "huggingface",
                BASE,
                "\"ownerId\":\"o1\",\"license\":\"qwen\",\"attributes\":{\"repository_id\":\"r1\"}");
        in.model(10, "huggingface", TUNED, parent(BASE) + ",\"license\":\"qwen\"");

        // In the midst of it all: what follows from these is on its way, at each stage something.
        in.inFlight = true;
        for (int i = 0; i < 2; i++) {
            in.model(11 + i, "huggingface", TUNED, parent(BASE) + ",\"license\":\"license-" + i + '"');
            in.deployment(11, "triage-" + i, "acme", TUNED, "DE");
            in.model(
                    11,
                    "huggingface",
                    "pkg:huggingface/drafts-" + i + "/Qwen2.5-7B-Instruct-AWQ",
                    "\"license\":\"mit\"");
            in.model(11, "huggingface", "pkg:huggingface/acme/draft-" + i, parent("pkg:huggingface/acme/unknown-" + i));
            in.step();
        }
        // A model that has another parent now, and a deployment that asks for it.
        in.model(16, "huggingface", TUNED, parent("pkg:huggingface/acme/unheard-of") + ",\"license\":\"mit\"");
        in.deployment(16, "router", "acme", TUNED, "DE");
        in.model(16, "openai", LISTED, "\"license\":\"commercial\"");
        in.model(16, "huggingface", "pkg:huggingface/new-name/other", "\"attributes\":{\"repository_id\":\"r3\"}");
        in.step();
        in.traffic(16, "claims", "gpt-4o", "gpt-4o-2024-11-20");
        in.procure("{'id':'P7','type':'revocation','issuedAt':'%s','revokes':'P1'}", 9, 9);
        in.procure("{'id':'P8','type':'revocation','issuedAt':'%s','revokes':'P3'}", 9, 9);
        in.deployment(16, "archive", "acme", TUNED, "DE");
        in.inFlight = false;
    }

    static void after(Inputs in, String alert) {
        in.settle();
        in.tick(22);
        // Nothing new, from every source.
        in.model(
                22,
                "huggingface",
                BASE,
                "\"ownerId\":\"o1\",\"license\":\"qwen\",\"attributes\":{\"repository_id\":\"r1\"}");
        in.model(22, "mirror", BASE, "\"license\":\"mit\"");
        in.model(22, "openai", LISTED, "\"attributes\":{\"context_length\":128000}");
        in.traffic(22, "claims", "gpt-4o", "gpt-4o-2024-08-06");
        in.deployment(22, "translator", "", LISTED, "US");
        // What was known before says what these are: late, again, another owner, another name, a second absence.
        in.model(3, "huggingface", BASE, "\"license\":\"llama3\"");
        in.model(22, "openai", DELISTED, "\"attributes\":{}");
        in.sweep(23, "openai");
        in.sweep(24, "openai");
        in.model(24, "huggingface", NEW_NAME, "\"attributes\":{\"repository_id\":\"r2\"}");
        in.model(24, "huggingface", "pkg:huggingface/other/Qwen2.5-7B-Instruct-AWQ", "\"license\":\"apache-2.0\"");
        in.model(
                24,
                "huggingface",
                BASE,
                "\"ownerId\":\"o9\",\"license\":\"qwen\",\"attributes\":{\"repository_id\":\"r1\"}");
        in.model(24, "huggingface", TUNED, parent("pkg:huggingface/mistralai/Mistral-7B") + ",\"license\":\"mit\"");
        in.model(24, "huggingface", "pkg:huggingface/mistralai/Mistral-7B", "\"license\":\"apache-2.0\"");
        in.deployment(25, "claims", "acme", COPY, "US");
        in.deployment(25, "support-copilot", "acme", TUNED, "NL");
        in.deployment(25, "translator", "", "pkg:generic/openai/gpt-4o-mini", "IE");
        in.tick(25);
        in.act(26, alert, AlertActionKind.ACKNOWLEDGE);
        in.disclose(
                "{'id':'D1','vendor':'acme','announcedAt':'%s','observedAt':'%s','models':[{'id':'" + COPY + "'}]}",
                2,
                26);
        in.procure("{'id':'P5','type':'revocation','issuedAt':'%s','revokes':'P3'}", 26, 90);
        in.procure(
                "{'id':'P6','type':'approval','issuedAt':'%s','subject':{'deployment':'claims'},'validTo':'%s'}",
                26, 90);
        in.tick(27);
        in.traffic(27, "claims", "gpt-4o", "gpt-4o-mini");
        in.health(27, "openai", SourceState.SEEING);
        in.health(27, "huggingface", SourceState.BLIND);
        in.tick(28);
        // The approval of the vendor ends, and so does the window of traffic.
        in.tick(41);
        in.send(Topics.PROCUREMENT_EVENTS, "P6", null);
        in.tick(42);
    }

    private static String parent(String id) {
        return "\"parents\":[{\"id\":\"" + id + "\",\"relation\":\"finetune\"}]";
    }

    private static Instant day(int day) {
        return Instant.parse("2026-03-01T00:00:00Z").plusSeconds(86_400L * day);
    }

    /** The ways in, as a chain has them. */
    static final class Inputs {
        private final Chain chain;
        private final IntakeParser parser = new IntakeParser();
        private boolean inFlight;

        Inputs(Chain chain) {
            this.chain = chain;
        }

        private void model(int day, String source, String id, String facts) {
            observe("""
                    {"kind":"model","source":"%s","observedAt":"%s","model":{"id":"%s",%s}}
                    """.formatted(source, day(day).plusSeconds(60), id, facts));
        }

        private void deployment(int day, String id, String vendor, String model, String country) {
            observe("""
                    {"kind":"deployment","source":"manual","observedAt":"%s","deployment":{"id":"%s",%s"models":[{"id":"%s","role":"primary"}],"hosting":[{"provider":"azure","country":"%s"}]}}
                    """.formatted(
                            day(day).plusSeconds(120),
                            id,
                            vendor.isEmpty() ? "" : "\"vendor\":\"" + vendor + "\",",
                            model,
                            country));
        }

        private void sweep(int day, String source) {
            observe("""
                    {"kind":"sweep","source":"%s","startedAt":"%s","completedAt":"%s","outcome":"complete"}
                    """.formatted(source, day(day), day(day).plusSeconds(3_600)));
        }

        private void observe(String line) {
            accepted(line, parser::observations, one -> send(Topics.OBSERVATIONS, one.getSubject(), one));
        }

        private void procure(String line, int issued, int until) {
            accepted(
                    line.formatted(day(issued), day(until)).replace('\'', '"'),
                    parser::procurement,
                    one -> send(Topics.PROCUREMENT_EVENTS, one.getId(), one));
        }

        private void disclose(String line, int announced, int observed) {
            accepted(
                    line.formatted(day(announced), day(observed)).replace('\'', '"'),
                    parser::disclosures,
                    one -> send(Topics.DISCLOSURES, one.getId(), one));
        }

        private void tick(int day) {
            send(Topics.TICKS, "tick", new Tick(day(day)));
        }

        private void act(int day, String alert, AlertActionKind kind) {
            send(
                    Topics.ALERT_ACTIONS,
                    alert,
                    AlertAction.newBuilder()
                            .setAlert(alert)
                            .setAction(kind)
                            .setAuthor("soc")
                            .setAt(day(day))
                            .build());
        }

        private void traffic(int day, String deployment, String requested, String served) {
            send(
                    Topics.TRAFFIC,
                    deployment,
                    Traffic.newBuilder()
                            .setDeployment(deployment)
                            .setProvider("openai")
                            .setRequested(requested)
                            .setModel("pkg:generic/openai/" + requested)
                            .setModelRule("unresolved")
                            .setServed(served)
                            .setServedModel("pkg:generic/openai/" + requested)
                            .setServedRule("snapshot")
                            .setSpans(1)
                            .setFirstAt(day(day))
                            .setLastAt(day(day))
                            .build());
        }

        private void health(int day, String source, SourceState state) {
            send(
                    Topics.SOURCES,
                    source,
                    SourceHealth.newBuilder()
                            .setSource(source)
                            .setType(source.equals("telemetry") ? source : "json-list")
                            .setState(state)
                            .setSince(day(day))
                            .setAt(day(day))
                            .setError(state.name().toLowerCase(Locale.ROOT))
                            .setBlindAfterMs(3_600_000)
                            .build());
        }

        private <V extends SpecificRecord> void send(Topic<V> topic, String key, V value) {
            chain.post(topic, key, value);
            if (!inFlight) {
                chain.settle();
            }
        }

        private void step() {
            chain.step();
        }

        private void settle() {
            chain.settle();
        }

        private interface Reader<V> {
            Batch<V> read(InputStream lines, InstantSource clock) throws IOException;
        }

        private static <V> void accepted(String line, Reader<V> reader, Consumer<V> each) {
            try {
                Batch<V> batch = reader.read(new ByteArrayInputStream(line.getBytes(UTF_8)), CLOCK);
                assertThat(batch.errors()).isEmpty();
                batch.accepted().forEach(each);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
