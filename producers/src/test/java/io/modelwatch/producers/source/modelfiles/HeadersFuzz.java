package io.modelwatch.producers.source.modelfiles;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Headers of GGUF and safetensors. */
class HeadersFuzz {

    static Stream<Arguments> samples() {
        byte[] gguf = new GgufWriter()
                .text("general.architecture", "qwen3")
                .text("general.base_model.0.repo_url", "https://huggingface.co/Qwen/Qwen3-8B")
                .uint32("general.file_type", 15)
                .texts("tokenizer.ggml.tokens", 3)
                .bytes();
        byte[] safetensors = HeadersTest.safetensors(
                "{\"__metadata__\":{\"format\":\"pt\"},\"a\":{\"dtype\":\"BF16\",\"shape\":[4096,1024],\"data_offsets\":[0,4]}}");
        return Stream.of(Arguments.of((Object) gguf), Arguments.of((Object) safetensors));
    }

    @MethodSource("samples")
    @FuzzTest
    void aHeaderIsReadOrRefused(byte[] file) {
        try {
            Gguf.read(new ByteArrayInputStream(file));
        } catch (HeaderException | IOException refused) {
            // Said so.
        }
        try {
            Safetensors.read(new ByteArrayInputStream(file));
        } catch (HeaderException | IOException refused) {
            // Said so.
        }
    }
}
