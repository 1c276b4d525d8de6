package io.modelwatch.streams.inference;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NameTest {

    @ParameterizedTest
    @CsvSource({
        "Qwen/Qwen2.5-7B-Instruct, qwen-2.5-7b-instruct",
        "bartowski/Qwen_Qwen2.5-7B-Instruct-GGUF, qwen-qwen-2.5-7b-instruct",
        "TheBloke/Llama-2-7B-Chat-GPTQ, llama-2-7b-chat",
        "meta-llama/Llama-2-7b-chat-hf, llama-2-7b-chat",
        "meta-llama/Meta-Llama-3.1-8B, llama-3.1-8b",
        "unsloth/Meta-Llama-3.1-8B-bnb-4bit, llama-3.1-8b",
        "unsloth/Qwen3-8B-unsloth-bnb-4bit, qwen-3-8b",
        "mradermacher/JAT-GPT-i1-GGUF, jat-gpt",
        "Triangle104/Athena-3-14B-Q4_K_S-GGUF, athena-3-14b",
        "LoneStriker/Nous-Hermes-2-SOLAR-10.7B-8.0bpw-h8-exl2, nous-hermes-2-solar-10.7b",
        "mlx-community/gemma-3-4b-it-qat-4bit, gemma-3-4b-it-qat",
        "RedHatAI/Qwen2.5-0.5B-Instruct-quantized.w8a8, qwen-2.5-0.5b-instruct",
        "fbaldassarri/phi-4-autogptq-int4-gs128-sym, phi-4",
        "Jarvis/Phi-3.5-mini-instruct-IQ3_XXS-GGUF, phi-3.5-mini-instruct",
        "mistralai/Mistral-7B-v1.0, mistral-7b-v1",
        "acme/Mistral-7B-LoRA, mistral-7b",
        "acme/na%2Bme, na-me"
    })
    void shouldKeepTheWordsThatSayWhichModelItIs(String repository, String key) {
        assertThat(Name.of("pkg:huggingface/" + repository).key()).isEqualTo(key);
    }

    @Test
    void shouldTellFormAndOwnerApart() {
        Name name = Name.of("pkg:huggingface/TheBloke/Qwen2.5-7B-Instruct-slerp-Q4_K_M-GGUF");
        assertThat(name.owner()).isEqualTo("thebloke");
        assertThat(name.formats()).containsExactlyInAnyOrder("gguf", "q4_k_m");
        assertThat(name.merge()).isTrue();
        assertThat(name.adapter()).isFalse();
        assertThat(Name.of("a/qwen-lora").adapter()).isTrue();
    }

    @Test
    void shouldAskNoNameThatSaysNothing() {
        assertThat(Name.of("a/final_model-v2").asked()).isEmpty();
        assertThat(Name.of("a/final_model-v2").key()).isNull();
        assertThat(Name.of("a/-__-").key()).isNull();
        assertThat(Name.of("a/123").key()).isNull();
    }

    @Test
    void shouldAskLongRunsFirstAndAFewOnly() {
        Name name = Name.of("a/acme-Qwen2.5-7B-chat");
        assertThat(name.asked())
                .startsWith("acme-qwen-2.5-7b-chat")
                .contains("qwen-2.5-7b", "acme")
                .doesNotContain("7b");
        assertThat(Name.of("a/" + "word-".repeat(500)).asked()).hasSizeLessThanOrEqualTo(Name.MAX_ASKED);
    }
}
