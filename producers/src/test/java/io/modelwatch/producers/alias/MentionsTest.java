package io.modelwatch.producers.alias;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.producers.alias.Mention.Kind;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MentionsTest {

    private static final Mentions MENTIONS = Mentions.shippedAnd(Map.of());

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "We use GPT-4o mini.|GPT-4o mini|pkg:generic/openai/gpt-4o-mini",
                "gpt-4o-mini-2024-07-18 answers|gpt-4o-mini-2024-07-18|pkg:generic/openai/gpt-4o-mini",
                "GPT-4.1 nano and others|GPT-4.1 nano|pkg:generic/openai/gpt-4.1-nano",
                "built on Claude 3.5 Sonnet|Claude 3.5 Sonnet|pkg:generic/anthropic/claude-3-5-sonnet",
                "Claude Sonnet 4.5, by Anthropic|Claude Sonnet 4.5|pkg:generic/anthropic/claude-sonnet-4-5",
                "Gemini 2.5 Flash-Lite|Gemini 2.5 Flash-Lite|pkg:generic/google/gemini-2.5-flash-lite",
                "Command R+ summarises|Command R+|pkg:generic/cohere/command-r-plus",
                "the model command-r-plus|command-r-plus|pkg:generic/cohere/command-r-plus",
                "Qwen2.5-72B-Instruct runs|Qwen2.5-72B-Instruct|pkg:huggingface/Qwen/Qwen2.5-72B-Instruct",
                "mit DeepSeek-V3.1.|DeepSeek-V3.1|pkg:generic/deepseek/deepseek-v3.1",
                "使用GPT-4o模型|GPT-4o|pkg:generic/openai/gpt-4o",
                "o3-mini thinks|o3-mini|pkg:generic/openai/o3-mini",
                "Azure OpenAI Service|Azure OpenAI Service|provider:azure",
                "OpenAI, L.L.C.|OpenAI|provider:openai",
                "HuggingFace|HuggingFace|provider:huggingface",
                "hosted by Mistral AI|Mistral AI|provider:mistral",
                "the Qwen family|Qwen|family:alibaba/qwen",
                "a large language model of ours|large language model|practice:llm"
            })
    void findsTheLongestName(String text, String words, String id) {
        assertThat(MENTIONS.in(text, false)).first().satisfies(found -> {
            assertThat(found.words()).isEqualTo(words);
            assertThat(found.id()).isEqualTo(id);
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Claude Monet GmbH",
                "Jean-Claude 3 times",
                "Gemini Trust Company",
                "a llama and a command, to embed",
                "whisper 2 words",
                "the mistral blows at 4 knots",
                "an O1 visa",
                "they cohere",
                "MyOpenAIThing, BertGPT4",
                "Phi is a letter",
                "grok the idea",
                "Falcon Logistics"
            })
    void passesOverWordsThatMeanSomethingElse(String text) {
        assertThat(MENTIONS.in(text, false)).isEmpty();
    }

    @Test
    void keepsTheSentenceAndSaysWhereItMayDeny() {
        List<Mention> found = MENTIONS.in(
                "Founded in 2020. Summaries come from OpenAI's GPT-4o. We no longer use Claude 3 Haiku! Ask us.",
                false);
        assertThat(found)
                .extracting(Mention::id)
                .containsExactly(
                        "provider:openai", "pkg:generic/openai/gpt-4o", "pkg:generic/anthropic/claude-3-haiku");
        assertThat(found.get(1).sentence()).isEqualTo("Summaries come from OpenAI's GPT-4o.");
        assertThat(found.get(1).denied()).isFalse();
        assertThat(found.get(2).sentence()).isEqualTo("We no longer use Claude 3 Haiku!");
        assertThat(found.get(2).denied()).isTrue();
        assertThat(MENTIONS.in("x".repeat(1000) + " OpenAI", true))
                .singleElement()
                .satisfies(one -> assertThat(one.sentence()).hasSize(Mentions.MAX_SENTENCE));
    }

    @Test
    void takesTheModelThatTheSettingsSay() {
        assertThat(Mentions.shippedAnd(Map.of("gpt-4o", "pkg:generic/azure/OpenAI.gpt-4o"))
                        .in("Answers by GPT-4o", false))
                .singleElement()
                .satisfies(one -> {
                    assertThat(one.kind()).isEqualTo(Kind.MODEL);
                    assertThat(one.id()).isEqualTo("pkg:generic/azure/OpenAI.gpt-4o");
                });
    }
}
