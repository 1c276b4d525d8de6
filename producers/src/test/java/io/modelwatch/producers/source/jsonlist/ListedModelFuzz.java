package io.modelwatch.producers.source.jsonlist;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.modelwatch.producers.Fuzzed;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.SampleDocument;
import io.modelwatch.producers.source.SourceException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Entries of vendors' lists, as the shipped descriptors with the most expressions read them. */
class ListedModelFuzz {

    private static final List<ListedModel> MAPPINGS = Stream.of("openrouter", "mistral", "together")
            .map(name -> new ListedModel(Descriptor.load(name), name))
            .toList();

    static Stream<Arguments> samples() {
        return Fuzzed.recorded("recorded", "(openai|together|groq|xai|anthropic|deepinfra|google-vertex)\\.json");
    }

    @MethodSource("samples")
    @FuzzTest
    void anEntryIsReadOrRefused(byte[] body) {
        Json.Document document = SampleDocument.json(body);
        if (document == null) {
            return;
        }
        JsonNode list =
                document.root().isArray() ? document.root() : document.root().path("data");
        int count = 0;
        for (JsonNode item : list) {
            for (ListedModel mapping : MAPPINGS) {
                try {
                    Fuzzed.mustBeWritable(
                            mapping.reading(item, document.evidence()).facts());
                } catch (SourceException refused) {
                    // Said so.
                }
            }
            if (++count == 3) {
                return;
            }
        }
    }
}
