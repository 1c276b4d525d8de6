package io.modelwatch.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobTest {

    @ParameterizedTest
    @CsvSource({
        "pkg:huggingface/Qwen/Qwen2.5-*, pkg:huggingface/Qwen/Qwen2.5-7B, true",
        "pkg:huggingface/Qwen/*, pkg:huggingface/Qwen/a/b, true",
        "pkg:huggingface/qwen/*, pkg:huggingface/Qwen/a, false",
        "*, anything, true",
        "a*b*c, aXbYbZc, true",
        "a*b*c, aXbYbZ, false",
        "abc, abcd, false",
        "abc*, abc, true",
        "*a*a*a*a*a*a*a*a*a*a*b, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, false"
    })
    void shouldMatch(String glob, String text, boolean matches) {
        assertThat(Glob.matches(glob, text)).isEqualTo(matches);
    }

    @ParameterizedTest
    @CsvSource({
        "*, true",
        "pkg:*, true",
        "p*, true",
        "**, true",
        "*pkg:*, true",
        "pkg:huggingface/*, false",
        "pkg:, false",
        "*b, false"
    })
    void shouldKnowAGlobThatLeavesNoModelOut(String glob, boolean every) {
        assertThat(Glob.matchesEveryModel(glob)).isEqualTo(every);
    }
}
