package io.modelwatch.alerts.verdict;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import io.modelwatch.schemas.Glob;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Globs of procurement events over names of models. */
class GlobFuzz {

    static Stream<Arguments> samples() {
        return Stream.of(
                Arguments.of("pkg:huggingface/Qwen/Qwen2.5-*", "pkg:huggingface/Qwen/Qwen2.5-7B"),
                Arguments.of("*a*a*b", "aaaaaaaaaaaaaa"),
                Arguments.of("", ""));
    }

    @MethodSource("samples")
    @FuzzTest
    void aGlobMeansWhatItsPartsMean(@NotNull String glob, @NotNull String text) {
        boolean matches = Glob.matches(glob, text);
        if (matches && !text.startsWith(Glob.literalPrefix(glob))) {
            throw new AssertionError("a match without the literal beginning");
        }
        if (matches != Glob.matches("*" + glob.replace("*", "**"), text) && matches) {
            throw new AssertionError("a star before it makes it match less");
        }
        if (!Glob.matches(text.replace("*", "") + "*", text.replace("*", ""))) {
            throw new AssertionError("a text does not match itself");
        }
    }
}
