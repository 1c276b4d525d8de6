package io.modelwatch.bench.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.bench.inference.InferenceBench.Answer;
import io.modelwatch.bench.inference.InferenceBench.Tally;
import io.modelwatch.streams.inference.Inference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InferenceBenchTest {

    private static final String BASE = "pkg:huggingface/Qwen/Qwen2.5-7B-Instruct";

    @TempDir
    Path dir;

    @Test
    void shouldFindAHiddenParentAndSaySoOfAWrongOne() throws IOException {
        RecordedLineage lineage = lineage(
                "bartowski/Qwen2.5-7B-Instruct-GGUF,Qwen/Qwen2.5-7B-Instruct,quantized",
                "acme/Qwen2.5-7B-Instruct-AWQ,Qwen/Qwen2.5-7B-Instruct,quantized",
                "beta/Qwen2.5-7B-Instruct-GPTQ,Qwen/Qwen2.5-7B-Instruct,quantized",
                "gamma/Qwen2.5-7B-Instruct-exl2,Qwen/Qwen2.5-7B-Instruct,quantized",
                "delta/Qwen2.5-7B-Instruct-fp8,meta-llama/Llama-3.1-8B,quantized",
                "delta/nothing-like-it,meta-llama/Llama-3.1-8B,finetune");
        List<Answer> answers = new ArrayList<>(new InferenceBench(lineage, true).hidden());
        answers.addAll(new InferenceBench(lineage, false).hidden());
        Tally tally = Tally.of(answers, Inference.THRESHOLD);
        assertThat(tally).isEqualTo(new Tally(6, 5, 4, 4));
        assertThat(tally.precision()).isEqualTo(0.8);
        assertThat(tally.recall()).isEqualTo(4 / 6.0);
        int contradicted =
                new InferenceBench(lineage, true).contradicted() + new InferenceBench(lineage, false).contradicted();
        assertThat(contradicted).isLessThanOrEqualTo(1);
    }

    @Test
    void shouldNotCountTheHiddenDeclarationItself() throws IOException {
        RecordedLineage lineage = lineage("acme/thing-7b-GGUF,one/thing-7b,quantized", "x/y,two/thing-7b,finetune");
        NearestName nearest = new NearestName(lineage.byName());
        String copy = "pkg:huggingface/acme/thing-7b-GGUF";
        assertThat(nearest.wholeBeginning(copy, Set.of("pkg:huggingface/one/thing-7b")))
                .isEqualTo("pkg:huggingface/two/thing-7b");
        assertThat(nearest.longestBeginning(copy, Set.of("pkg:huggingface/one/thing-7b")))
                .isEqualTo("pkg:huggingface/two/thing-7b");
        assertThat(nearest.longestBeginning("pkg:huggingface/a/zzzzzz", Set.of()))
                .isNull();
    }

    @Test
    void shouldShipASampleThatCanBeMeasured() {
        RecordedLineage lineage = RecordedLineage.shipped();
        assertThat(lineage.parents()).hasSize(4000);
        assertThat(lineage.family(BASE)).isEqualTo("pkg:huggingface/Qwen/Qwen2.5-7B");
        List<Answer> answers = new InferenceBench(lineage, false).hidden();
        Tally tally = Tally.of(answers, Inference.THRESHOLD);
        assertThat(tally.asked()).isBetween(1500, 2500);
        assertThat(tally.said()).isGreaterThan(300);
        assertThat(tally.precision()).isGreaterThan(0.85);
    }

    @Test
    void shouldSayWhichLineIsWrong() throws IOException {
        Path file = Files.writeString(dir.resolve("edges.csv"), "child,parent,relation\na/b\n");
        assertThatThrownBy(() -> RecordedLineage.of(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("line 2");
        Path other = Files.writeString(dir.resolve("other.csv"), "x\n");
        assertThatThrownBy(() -> RecordedLineage.of(other)).hasMessageContaining("must begin with child,parent");
    }

    private RecordedLineage lineage(String... edges) throws IOException {
        return RecordedLineage.of(Files.writeString(
                dir.resolve("edges.csv"), "child,parent,relation\n" + String.join("\n", edges) + "\n"));
    }
}
