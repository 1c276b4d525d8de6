package io.modelwatch.app.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.app.demo.Company.Kind;
import io.modelwatch.producers.intake.Batch;
import io.modelwatch.producers.intake.IntakeParser;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class CompanyTest {

    private final Company company = Company.load();
    private final IntakeParser parser = new IntakeParser();

    @Test
    void shouldHandInNothingThatTheIntakeRefuses() throws IOException {
        for (Company.Batch batch : company.batches()) {
            InputStream lines = new ByteArrayInputStream(batch.text().getBytes(UTF_8));
            Batch<?> read =
                    switch (batch.kind()) {
                        case OBSERVATION -> parser.observations(lines, batch::at);
                        case PROCUREMENT -> parser.procurement(lines, batch::at);
                        case DISCLOSURE -> parser.disclosures(lines, batch::at);
                    };
            assertThat(read.errors()).as("%s", batch.at()).isEmpty();
            assertThat(read.accepted()).hasSameSizeAs(batch.lines());
        }
    }

    @Test
    void shouldHandInInOrderOfTimeWithinTheReplayAndBeforeTheEveningsSweeps() {
        Instant before = Replay.start();
        for (Company.Batch batch : company.batches()) {
            assertThat(batch.at()).isAfter(before);
            assertThat(LocalTime.ofInstant(batch.at(), ZoneOffset.UTC)).isBefore(Replay.SWEEP_AT);
            before = batch.at();
        }
        assertThat(before).isBefore(Replay.LAST_DAY.plusDays(1).atStartOfDay().toInstant(ZoneOffset.UTC));
    }

    @Test
    void shouldNotLetTheOutcomeDependOnTheOrderWithinABatch() {
        boolean deployed = false;
        for (Company.Batch batch : company.batches()) {
            Set<String> concerned = new HashSet<>();
            for (JsonNode line : batch.lines()) {
                String one =
                        switch (batch.kind()) {
                            case OBSERVATION ->
                                line.path("deployment").path("id").asString("");
                            case PROCUREMENT -> line.path("subject").toString();
                            case DISCLOSURE -> line.path("vendor").asString("");
                        };
                // Papers that are there before the first deployment meet none in any order.
                boolean free = batch.kind() == Kind.PROCUREMENT && !deployed;
                assertThat(free || concerned.add(one))
                        .as("%s: %s", batch.at(), one)
                        .isTrue();
            }
            deployed |= batch.kind() == Kind.OBSERVATION;
        }
    }

    @Test
    void shouldRunNoTwoModelsInOneDeploymentThatChangeOnOneDay() {
        Map<String, Set<LocalDate>> changes = changesOfModels();
        for (Company.Batch batch : company.batches()) {
            for (JsonNode line : batch.lines()) {
                Map<LocalDate, String> seen = new HashMap<>();
                for (JsonNode model : line.path("deployment").path("models")) {
                    String id = model.path("id").asString("");
                    for (LocalDate day : changes.getOrDefault(id, Set.of())) {
                        if (day.isBefore(batch.at().atZone(ZoneOffset.UTC).toLocalDate())) {
                            continue;
                        }
                        assertThat(seen.put(day, id)).as("%s on %s", id, day).isNull();
                    }
                }
            }
        }
    }

    /** The days on which what is served about a model differs from the day before, or twice after it has gone. */
    private static Map<String, Set<LocalDate>> changesOfModels() {
        Map<String, Set<LocalDate>> changes = new TreeMap<>();
        HubTable hub = HubTable.load();
        List<String> vendors = List.of("openai", "anthropic", "mistral", "openrouter");
        List<Recording> recordings = vendors.stream().map(Recording::of).toList();
        Map<String, JsonNode> before = new HashMap<>();
        for (LocalDate day = Replay.FIRST_DAY; !day.isAfter(Replay.LAST_DAY); day = day.plusDays(1)) {
            Map<String, JsonNode> now = new HashMap<>();
            for (int i = 0; i < vendors.size(); i++) {
                for (JsonNode entry : recordings.get(i).on(day)) {
                    now.put(
                            "pkg:generic/" + vendors.get(i) + "/"
                                    + entry.path("id").asString(""),
                            entry);
                }
            }
            for (String scope : ReplayServer.HUB_SCOPES) {
                String name = scope.substring(scope.indexOf(':') + 1);
                List<JsonNode> listed = new ArrayList<>(
                        scope.startsWith("author:") ? hub.byAuthor(name, day) : hub.byParent(name, day));
                listed.forEach(
                        model -> now.put("pkg:huggingface/" + model.path("id").asString(""), model));
            }
            Set<String> all = new TreeSet<>(before.keySet());
            all.addAll(now.keySet());
            for (String id : all) {
                boolean gone = before.containsKey(id) && !now.containsKey(id);
                if (!java.util.Objects.equals(before.get(id), now.get(id))) {
                    // A removal is told by the second sweep that misses it.
                    changes.computeIfAbsent(id, i -> new TreeSet<>()).add(gone ? day.plusDays(1) : day);
                }
            }
            before = now;
        }
        return changes;
    }
}
