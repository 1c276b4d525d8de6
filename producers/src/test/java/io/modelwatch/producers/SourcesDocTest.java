package io.modelwatch.producers;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.producers.receiver.ReceiverConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.dataformat.yaml.YAMLMapper;

class SourcesDocTest {

    @Test
    void everyExampleOfAReceiverIsLegal() throws Exception {
        String page = Files.readString(Path.of("..", "docs", "sources.md"));
        var blocks =
                Pattern.compile("```yaml\n(receivers:.*?)```", Pattern.DOTALL).matcher(page);
        assertThat(blocks.find()).isTrue();
        var block = YAMLMapper.builder().build().readTree(blocks.group(1)).path("receivers");
        for (var one : block) {
            @SuppressWarnings("unchecked")
            Map<String, Object> map = YAMLMapper.builder().build().convertValue(one, Map.class);
            assertThat(ReceiverConfig.fromMap(map).name()).isEqualTo("prod-aibom");
        }
    }

    @Test
    @SuppressWarnings("unchecked")
    void everyExampleIsLegalAndEveryFamilyThatObservesHasOne(@TempDir Path dir) throws Exception {
        String page = Files.readString(Path.of("..", "docs", "sources.md"));
        var example =
                Pattern.compile("```yaml\n(vendor: .*?)```", Pattern.DOTALL).matcher(page);
        assertThat(example.find()).isTrue();
        Path file = Files.writeString(dir.resolve("example.yaml"), example.group(1));
        String text = page.replace("./example.yaml", file.toString());
        List<String> types = new ArrayList<>();
        var blocks =
                Pattern.compile("```yaml\n(sources:.*?)```", Pattern.DOTALL).matcher(text);
        while (blocks.find()) {
            Map<String, Object> block = YAMLMapper.builder().build().readValue(blocks.group(1), Map.class);
            for (Map<String, Object> source : (List<Map<String, Object>>) block.get("sources")) {
                types.add(SourceConfig.fromMap(source).type());
            }
        }
        assertThat(types)
                .containsAll(Arrays.stream(SourceType.values())
                        .filter(type -> !type.tellsProcurement())
                        .map(SourceType::title)
                        .toList());
    }
}
