package io.modelwatch.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelNamesTest {

    @ParameterizedTest
    @CsvSource({
        "gpt-4o, gpt-4o",
        "gpt-4o, gpt-4o-2024-08-06",
        "gpt-4.1-nano, gpt-4.1-nano-2025-04-14",
        "claude-haiku-4-5, claude-haiku-4-5-20251001",
        "us.anthropic.claude-3-5-haiku-20241022-v1, claude-3-5-haiku-20241022",
        "anthropic.claude-3-5-sonnet-20240620-v1:0, claude-3-5-sonnet-20240620",
        "anthropic/claude-haiku-4.5, anthropic/claude-4.5-haiku-20251001",
        "mistral-small-latest, mistral-small-2603",
        "gpt-4, gpt-4-0613",
        "Qwen/Qwen2.5-72B-Instruct, qwen2.5-72b-instruct"
    })
    void anAnswerUnderASnapshotOfTheNameIsWhatWasAskedFor(String requested, String served) {
        assertThat(ModelNames.answers(requested, served)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "gpt-4o, gpt-4o-mini",
        "gpt-4o-2024-05-13, gpt-4o-2024-08-06",
        "deepseek-chat, deepseek-v4-flash",
        "grok-4-1-fast-non-reasoning, grok-4.3",
        "grok-3-mini, grok-3-mini-high",
        "pixtral-12b, ministral-14b-latest",
        "gpt-4, gpt-4-32k",
        "llama3.1:8b, llama3.1:70b",
        "llama3-70b, llama3-70b-8192"
    })
    void anAnswerUnderAnotherNameIsNot(String requested, String served) {
        assertThat(ModelNames.answers(requested, served)).isFalse();
    }

    @Test
    void takesADateOffANameAndNothingElse() {
        assertThat(ModelNames.snapshot("gpt-4o-2024-08-06")).isEqualTo(new ModelNames.Snapshot("gpt-4o", "2024-08-06"));
        assertThat(ModelNames.snapshot("mistral-small-2603"))
                .isEqualTo(new ModelNames.Snapshot("mistral-small", "2603"));
        assertThat(ModelNames.snapshot("grok-4.3").snapshot()).isNull();
        assertThat(ModelNames.snapshot("llama-3.1-405b").snapshot()).isNull();
    }

    @Test
    void anIdSaysMoreThanAName() {
        assertThat(ModelNames.rerouted("pkg:a", "alias", "gpt-4o", "pkg:a")).isFalse();
        assertThat(ModelNames.rerouted("pkg:a", "gpt-4o", "gpt-4o", "pkg:b")).isTrue();
        assertThat(ModelNames.rerouted("pkg:a", "gpt-4o", "gpt-4o-mini", null)).isTrue();
        assertThat(ModelNames.rerouted("pkg:a", "gpt-4o", null, null)).isFalse();
        assertThat(ModelNames.rerouted("pkg:a", "gpt-4o-2024-05-13", "gpt-4o-2024-08-06", "pkg:a"))
                .isTrue();
    }
}
