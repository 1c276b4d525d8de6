package io.modelwatch.producers;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.producers.intake.FlatForm;
import io.modelwatch.producers.intake.ProcurementFile;
import io.modelwatch.producers.ticket.Mapping;
import io.modelwatch.producers.ticket.TicketReader;
import io.modelwatch.producers.ticket.WebhookConfig;
import io.modelwatch.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** What docs/procurement.md shows is legal. */
class ProcurementDocTest {

    static {
        Topics.all();
    }

    private static List<String> blocks(String language) throws Exception {
        String page = Files.readString(Path.of("..", "docs", "procurement.md"));
        List<String> blocks = new ArrayList<>();
        var found =
                Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL).matcher(page);
        while (found.find()) {
            blocks.add(found.group(1));
        }
        return blocks;
    }

    @Test
    @SuppressWarnings("unchecked")
    void shouldShowLegalYaml(@TempDir Path dir) throws Exception {
        List<String> seen = new ArrayList<>();
        for (String block : blocks("yaml")) {
            Object value = YAMLMapper.builder().build().readValue(block, Object.class);
            if (value instanceof List) {
                seen.add("events");
                assertEvents("a.yaml", block);
            } else if (((Map<String, Object>) value).get("sources") instanceof List<?> sources) {
                sources.forEach(source -> seen.add(
                        SourceConfig.fromMap((Map<String, Object>) source).type()));
            } else if (((Map<String, Object>) value).get("procurement") instanceof Map<?, ?> procurement) {
                seen.add("procurement");
                if (procurement.get("webhooks") instanceof List<?> webhooks) {
                    webhooks.forEach(webhook -> seen.add(
                            WebhookConfig.fromMap((Map<String, Object>) webhook).name()));
                }
            } else {
                Path mapping = Files.writeString(dir.resolve("mapping.yaml"), block);
                TicketReader.check(Mapping.load(mapping.toString()));
                seen.add("mapping");
            }
        }
        assertThat(seen).contains("events", "procurement", "jira", "servicenow", "mapping", "procurement-folder");
    }

    @Test
    void shouldShowLegalEvents() throws Exception {
        for (String block : blocks("json")) {
            assertEvents("a.jsonl", block);
        }
        for (String block : blocks("csv")) {
            assertEvents("a.csv", block);
        }
        assertThat(Files.readString(Path.of("..", "docs", "procurement.md")))
                .contains(FlatForm.columns().stream()
                        .map(column -> "`" + column + "`")
                        .toList());
    }

    private static void assertEvents(String name, String text) {
        var batch = ProcurementFile.read(
                name,
                text.getBytes(StandardCharsets.UTF_8),
                InstantSource.fixed(Instant.parse("2026-07-01T00:00:00Z")));
        assertThat(batch.errors()).isEmpty();
        assertThat(batch.accepted()).isNotEmpty();
    }
}
