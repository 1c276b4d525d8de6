package io.modelwatch.streams.inference;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.schemas.avro.NamedModel;
import io.modelwatch.schemas.avro.ParentRef;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InferenceTest {

    private final Map<String, List<NamedModel>> bearers = new HashMap<>();

    @BeforeAll
    static void trustGeneratedClasses() {
        io.modelwatch.schemas.Topics.all();
    }

    @Test
    void shouldTakeACopyInAnotherFormatForOne() {
        bears("Qwen/Qwen2.5-7B-Instruct", 200);
        Guess guess = verdict(Known.model("bartowski/Qwen2.5-7B-Instruct-GGUF"));
        assertThat(guess.parent()).isEqualTo(new ParentRef(Known.url("Qwen/Qwen2.5-7B-Instruct"), "quantized"));
        assertThat(guess.rule()).isEqualTo(Guess.Rule.SAME_WORDS);
        assertThat(guess.basis()).isEqualTo("name holds qwen-2.5-7b-instruct, and the format gguf");
        assertThat(guess.score()).isBetween(0.8, 1.0);
    }

    @Test
    void shouldPreferTheOneThatOthersDeclare() {
        bears("acme/Qwen2.5-7B-Instruct", 0);
        bears("Qwen/Qwen2.5-7B-Instruct", 200);
        bears("zeta/Qwen2.5-7B-Instruct", 1);
        assertThat(verdict(Known.model("bartowski/Qwen2.5-7B-Instruct-GGUF"))
                        .parent()
                        .getId())
                .isEqualTo(Known.url("Qwen/Qwen2.5-7B-Instruct"));
    }

    @Test
    void shouldSayNothingWhereTwoAreAsLikely() {
        bears("one/Qwen2.5-7B-Instruct", 1);
        bears("two/Qwen2.5-7B-Instruct", 1);
        assertThat(verdict(Known.model("bartowski/Qwen2.5-7B-Instruct-GGUF"))).isNull();
    }

    @Test
    void shouldTakeTheOwnerBeforeTheNameAsItsMark() {
        bears("google/gemma-7b", 300);
        Guess guess = verdict(Known.model("Krabat/google-gemma-7b-1724793922"));
        assertThat(guess.parent()).isEqualTo(new ParentRef(Known.url("google/gemma-7b"), "finetune"));
        assertThat(guess.rule()).isEqualTo(Guess.Rule.HELD_WORDS);
    }

    @ParameterizedTest
    @CsvSource({
        "openai-community/gpt2-large, openai-community/gpt2",
        "openai/whisper-large-v3, openai/whisper-large",
        "meta-llama/Llama-3.1-8B, unsloth/Llama-3.1-8B",
        "Qwen/Qwen2.5-7B, someone/Qwen2.5-7B-GGUF"
    })
    void shouldNotTakeASiblingOrACopyForAParent(String model, String other) {
        bears(other, 3);
        assertThat(verdict(Known.model(model))).isNull();
    }

    @Test
    void shouldHeedWhatContradicts() {
        bearers.put(
                "acme-7b",
                List.of(NamedModel.newBuilder()
                        .setId(Known.url("acme/acme-7b"))
                        .setNamed(5)
                        .setArchitecture("llama")
                        .setModelType("llama")
                        .setParameters(7_000_000_000L)
                        .build()));
        Known copy = Known.model("bartowski/acme-7b-GGUF");
        assertThat(verdict(copy)).isNotNull();
        assertThat(verdict(copy.with(Map.of("architecture", "LLaMA", "parameters", 7_000_000_000L))))
                .isNotNull();
        assertThat(verdict(copy.with(Map.of("architecture", "qwen2")))).isNull();
        assertThat(verdict(copy.with(Map.of("model_type", "qwen2")))).isNull();
        assertThat(verdict(copy.with(Map.of("architecture", "llama", "parameters", 13_000_000_000L))))
                .isNull();
        // Packed formats count fewer numbers than there are parameters.
        assertThat(verdict(Known.model("bartowski/acme-7b-AWQ").with(Map.of("parameters", 1_900_000_000L))))
                .isNotNull();
    }

    @Test
    void shouldBelieveWhatNamesTheBaseOutright() {
        Known adapter = Known.model("acme/our-adapter")
                .with(Map.of("peft_base_model", "Qwen/Qwen2.5-7B", "name_or_path", "acme/other"));
        Guess guess = verdict(adapter);
        assertThat(guess.parent()).isEqualTo(new ParentRef(Known.url("Qwen/Qwen2.5-7B"), "adapter"));
        assertThat(guess.basis()).isEqualTo("peft_base_model Qwen/Qwen2.5-7B");
        assertThat(verdict(Known.model("acme/x")
                                .with(Map.of("gguf_base_model", "https://huggingface.co/Qwen/Qwen3-8B/")))
                        .parent())
                .isEqualTo(new ParentRef(Known.url("Qwen/Qwen3-8B"), "quantized"));
        assertThat(verdict(Known.model("acme/x").with(Map.of("name_or_path", "Qwen/Qwen3-8B")))
                        .parent())
                .isEqualTo(new ParentRef(Known.url("Qwen/Qwen3-8B"), "finetune"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/root/models/qwen",
                "./qwen",
                "output/checkpoint-500",
                "acme/checkpoint-500",
                "models/qwen",
                "C:\\models\\qwen",
                "acme/x",
                "gpt2",
                "a/b/c",
                "../..",
                "https://example.com/a/b"
            })
    void shouldNotTakeAPathForAModel(String path) {
        assertThat(verdict(Known.model("acme/x").with(Map.of("name_or_path", path))))
                .isNull();
    }

    @Test
    void shouldHoldAgainstACardOnlyWhatIsStrongAndContradicts() {
        bears("Qwen/Qwen2.5-7B-Instruct", 500);
        assertThat(verdict(Known.model("acme/Qwen2.5-7B-Instruct-GGUF", "meta-llama/Llama-3.1-8B")))
                .isNotNull();
        for (String fits : List.of(
                "Qwen/Qwen2.5-7B-Instruct",
                "unsloth/Qwen2.5-7B-Instruct-bnb-4bit",
                "Qwen/Qwen2.5-7B",
                "x/My-Qwen2.5-7B-Instruct-2")) {
            assertThat(verdict(Known.model("acme/Qwen2.5-7B-Instruct-GGUF", "meta-llama/Llama-3.1-8B", fits)))
                    .as(fits)
                    .isNull();
        }
        Known adapter = Known.model("acme/x", "meta-llama/Llama-3.1-8B");
        assertThat(verdict(adapter.with(Map.of("peft_base_model", "Qwen/Qwen2.5-7B"))))
                .isNotNull();
        assertThat(verdict(adapter.with(Map.of("name_or_path", "Qwen/Qwen2.5-7B"))))
                .isNull();
    }

    /** Recorded lists: the host's id, the field in which it names the hub's model if it does, and the hub's model. */
    @ParameterizedTest
    @CsvFileSource(resources = "hosts.csv", numLinesToSkip = 1)
    void shouldResolveAHostsNameToTheHubsModel(
            String listed, @Nullable String field, @Nullable String said, String hub) {
        bears("Qwen/Qwen3-32B", 300);
        bears("meta-llama/Llama-3.3-70B-Instruct", 200);
        bears("unsloth/Llama-3.3-70B-Instruct", 20);
        bears("BAAI/bge-base-en-v1.5", 3);
        bears("someone/gpt-4o", 40);
        bears("Qwen/Qwen2.5-72B-Instruct", 400);
        Guess guess = verdict(Known.hosted(listed, field == null ? Map.of() : Map.of(field, said)));
        if (hub == null) {
            assertThat(guess).isNull();
            return;
        }
        assertThat(guess.parent()).isEqualTo(new ParentRef(Known.url(hub), "unknown"));
        assertThat(guess.rule()).isEqualTo(field == null ? Guess.Rule.HOST_NAME : Guess.Rule.HOST_SAYS);
        assertThat(guess.basis()).endsWith(field == null ? ": " + hub : field + " " + hub);
    }

    @Test
    void shouldLeaveAHostsNameUnresolvedWhereCopiesBearItToo() {
        bears("one/Llama-3-8B-Instruct", 40);
        bears("two/Llama-3-8B-Instruct", 40);
        Known listed = Known.hosted("host/llama-3-8b-instruct", Map.of());
        assertThat(verdict(listed)).isNull();
        bears("three/Llama-3-8B-Instruct", 400);
        assertThat(verdict(listed).parent().getId()).isEqualTo(Known.url("three/Llama-3-8B-Instruct"));
        // Nobody derives from this one: a copy under the name of something else.
        bears("copy/deepseek-chat", 1);
        assertThat(verdict(Known.hosted("host/deepseek-chat", Map.of()))).isNull();
    }

    private void bears(String name, int declared) {
        bearers.computeIfAbsent(String.valueOf(Name.of(Known.url(name)).key()), key -> new ArrayList<>())
                .add(NamedModel.newBuilder()
                        .setId(Known.url(name))
                        .setNamed(Inference.magnitude(declared))
                        .build());
    }

    private Guess verdict(Known model) {
        return Inference.verdict(model.facts(), name -> Inference.best(bearers.getOrDefault(name, List.of())));
    }
}
