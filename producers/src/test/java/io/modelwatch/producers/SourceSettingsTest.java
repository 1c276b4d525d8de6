package io.modelwatch.producers;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Holds the reference of settings against what each family reads. */
class SourceSettingsTest {

    /** Every family has it; the beginning of the page describes it once. */
    private static final String RATE = "requestsPerSecond";

    @Test
    void everySettingOfAFamilyThatObservesIsDescribedInItsSection() throws Exception {
        String page = Files.readString(Path.of("..", "docs", "sources.md"));
        for (SourceType type : SourceType.values()) {
            if (!type.tellsProcurement()) {
                int begin = page.indexOf("\n## " + type.title() + "\n");
                assertThat(begin).as("section " + type.title()).isNotNegative();
                int end = page.indexOf("\n## ", begin + 1);
                String section = page.substring(begin, end < 0 ? page.length() : end);
                assertThat(type.keys())
                        .filteredOn(key -> !key.equals(RATE))
                        .allSatisfy(key -> assertThat(section)
                                .as(type.title() + " describes its settings")
                                .contains("`" + key + "`"));
            }
        }
    }
}
