package io.modelwatch.producers.source.page;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.modelwatch.producers.Fuzzed;
import io.modelwatch.producers.alias.Mentions;
import io.modelwatch.producers.source.SampleDocument;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.SourceException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Pages for people. */
class PageFuzz {

    private static final Mentions MENTIONS = Mentions.shippedAnd(Map.of());

    private static final PageConfig CONFIG = PageConfig.of(new Settings(
            "page",
            Map.of(
                    "url",
                    SampleDocument.PLACE.toString(),
                    "vendor",
                    "v",
                    "deployments",
                    List.of("d"),
                    "ignorePatterns",
                    List.of("last updated:? \\w+ \\d+, \\d{4}")),
            PageConfig.KEYS));

    static Stream<Arguments> samples() {
        return Fuzzed.recorded("pages", ".*\\.html");
    }

    @MethodSource("samples")
    @FuzzTest
    void aPageIsReadOrRefused(byte[] body) {
        try {
            PageDocument document = PageDocument.of(SampleDocument.PLACE, SampleDocument.fetched(body));
            List<String> selectors = document.selectors(CONFIG.select(), List.of());
            PageSections.of(document.roots(selectors, CONFIG.ignore()), CONFIG, MENTIONS);
        } catch (SourceException refused) {
            // Said so.
        }
    }
}
