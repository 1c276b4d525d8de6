package io.modelwatch.producers.source.huggingface;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.modelwatch.producers.Fuzzed;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.http.HttpLimits;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.SampleDocument;
import io.modelwatch.producers.source.Settings;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** What a hub says of a model. */
class HubModelFuzz {

    private static final Owners OWNERS = new Owners(
            HuggingFaceConfig.of(new Settings("hub", Map.of("scopes", List.of("author:a")), HuggingFaceConfig.KEYS)),
            new HttpFetcher(HttpLimits.defaults(), InstantSource.system()));

    static Stream<Arguments> samples() {
        return Fuzzed.texts("""
                [{"_id":"6","id":"a/b","author":"a","sha":"s","lastModified":"2026-03-01T10:00:00.000Z","gated":"auto","private":false,"disabled":false,"pipeline_tag":"text-generation","library_name":"transformers","tags":["license:mit","base_model:c/d","base_model:finetune:c/d","dataset:e","gguf"],"cardData":{"license":["other"],"license_name":"x","license_link":"y","base_model":["c/d"],"base_model_relation":"merge","datasets":"e","new_version":"a/c"},"baseModels":{"relation":"quantized","models":[{"id":"c/d"}]},"safetensors":{"total":7},"gguf":{"total":1,"context_length":4096,"architecture":"llama","chat_template":"t"},"config":{"model_type":"llama","chat_template_jinja":"t","tokenizer_config":{"chat_template":[{"name":"n","template":"t"}]},"peft":{"base_model_name_or_path":"c/d"}},"siblings":[{"rfilename":"model.safetensors","size":5,"blobId":"b","lfs":{"sha256":"0"}},{"rfilename":"tokenizer.json","blobId":"c"}]}]
                """);
    }

    @MethodSource("samples")
    @FuzzTest
    void aModelIsReadOrPassedOver(byte[] body) {
        Json.Document document = SampleDocument.json(body);
        if (document == null) {
            return;
        }
        for (JsonNode model : document.root()) {
            HubModel.lastModified(model);
            String id = HubModel.id(model);
            if (id != null) {
                HubModel.Files files = HubModel.Files.of("s", model.path("siblings"));
                Fuzzed.mustBeWritable(HubModel.reading(id, model, files, OWNERS, document.evidence())
                        .facts());
            }
        }
    }
}
