package io.modelwatch.producers.source.modelfiles;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.producers.source.DeploymentReading;
import io.modelwatch.producers.source.IncrementalSource.Pass;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.producers.source.Reading;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.ParentRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFilesSourceTest {

    private static final String COMMIT = "a09a35458c702b33eeacc393d103063234e8bc28";
    private static final String GGUF_ID = "pkg:generic/laptop-7/tuned-Q4_K_M";

    @TempDir
    Path dir;

    private ModelFilesSource source;
    private final Map<String, Reading> seen = new TreeMap<>();

    @BeforeEach
    void files() throws IOException {
        Map<String, Object> settings =
                Map.of("path", dir.toString(), "deployment", "laptop-7", "owner", "field", "country", "NL");
        source = new ModelFilesSource(
                ModelFilesConfig.of(new Settings("test", settings, ModelFilesConfig.KEYS)), "laptops");
        write("tuned-Q4_K_M.gguf", HeadersTest.gguf());
        write("readme.txt", "none".getBytes(UTF_8));
        for (String shard : List.of("00001", "00002")) {
            write(
                    "ours/model-" + shard + "-of-00002.safetensors",
                    HeadersTest.safetensors("{\"t" + shard + "\":{\"dtype\":\"BF16\",\"shape\":[2]}}"));
        }
        // As the Hub's cache has it: a link in a snapshot, to a file named by its content.
        Path blob = write("hub/models--Qwen--Qwen2.5-7B/blobs/ff", HeadersTest.safetensors("{}"));
        Path snapshot = Files.createDirectories(dir.resolve("hub/models--Qwen--Qwen2.5-7B/snapshots/" + COMMIT));
        Files.createSymbolicLink(snapshot.resolve("model.safetensors"), blob);
    }

    private Path write(String name, byte[] bytes) throws IOException {
        Path file = dir.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.write(file, bytes);
    }

    private Pass pass(String mark) throws Exception {
        seen.clear();
        return source.pass("", mark, (page, next) -> page.forEach(one -> seen.put(one.subject(), one)));
    }

    private Map<String, String> roles() {
        Map<String, String> roles = new TreeMap<>();
        for (DeployedModel model :
                ((DeploymentReading) seen.get("laptop-7")).facts().getModels()) {
            roles.put(model.getRole(), model.getId() + " " + model.getRevision());
        }
        return roles;
    }

    @Test
    void a_directory_is_a_deployment_of_the_models_in_it() throws Exception {
        Pass pass = pass(null);
        assertThat(pass.left()).isNull();
        assertThat(pass.whole()).isTrue();
        DeploymentReading deployment = (DeploymentReading) seen.get("laptop-7");
        assertThat(deployment.confidence()).isEqualTo(Confidence.OBSERVED);
        assertThat(deployment.facts().getType()).isEqualTo("edge");
        assertThat(deployment.facts().getHosting())
                .extracting(Hosting::getCountry)
                .containsExactly("NL");
        assertThat(roles().keySet()).containsExactly("Qwen/Qwen2.5-7B", "ours", "tuned-Q4_K_M");
        assertThat(roles())
                .containsEntry("Qwen/Qwen2.5-7B", "pkg:huggingface/Qwen/Qwen2.5-7B " + COMMIT)
                .containsEntry("tuned-Q4_K_M", GGUF_ID + " sha256:" + Ids.sha256(HeadersTest.gguf()));
        // What the Hub knows is not told of as ours.
        assertThat(seen.keySet()).containsExactlyInAnyOrder("laptop-7", GGUF_ID, "pkg:generic/laptop-7/ours");
        ModelReading tuned = (ModelReading) seen.get(GGUF_ID);
        assertThat(tuned.facts().getLicense()).isEqualTo("apache-2.0");
        assertThat(tuned.facts().getParents())
                .containsExactly(new ParentRef("pkg:huggingface/Qwen/Qwen3-8B", "unknown"));
    }

    @Test
    void an_unchanged_file_is_not_read_again_and_a_changed_one_is() throws Exception {
        Pass first = pass(null);
        Map<String, String> before = roles();
        // Other bytes under the same size, time and place could only be seen by reading: that nobody did is the point.
        Path file = dir.resolve("ours/model-00001-of-00002.safetensors");
        FileTime time = Files.getLastModifiedTime(file);
        byte[] other = Files.readAllBytes(file);
        other[other.length - 1]++;
        Files.write(file, other);
        assertThat(Files.setLastModifiedTime(file, time)).exists();
        assertThat(pass(first.mark()).left()).isNull();
        assertThat(roles()).isEqualTo(before);
        // Nor after a restart; without the mark everything is read.
        pass(null);
        assertThat(roles().get("ours")).isNotEqualTo(before.get("ours"));
        assertThat(Files.setLastModifiedTime(file, FileTime.fromMillis(time.toMillis() + 5000)))
                .exists();
        pass(first.mark());
        assertThat(roles().get("ours")).isNotEqualTo(before.get("ours"));
        assertThat(pass("no mark\nof\tours\n").left()).isNull();
    }

    @Test
    void half_a_directory_is_no_deployment_that_lost_its_models() throws Exception {
        Pass first = pass(null);
        write("broken.gguf", "GGUFx".getBytes(UTF_8));
        Pass half = pass(first.mark());
        assertThat(half.left()).contains("broken cannot be read");
        assertThat(seen).doesNotContainKey("laptop-7").containsKey(GGUF_ID);
        Files.delete(dir.resolve("broken.gguf"));
        Files.delete(dir.resolve("tuned-Q4_K_M.gguf"));
        assertThat(pass(half.mark()).left()).isNull();
        assertThat(roles().keySet()).containsExactly("Qwen/Qwen2.5-7B", "ours");
    }

    @Test
    void a_directory_that_is_not_there_or_empty_is_told() throws Exception {
        Path empty = Files.createDirectory(dir.resolve("empty"));
        source = new ModelFilesSource(new ModelFilesConfig(empty, null, null, null, 10), "laptops");
        assertThat(pass(null).left()).contains("no model file below");
        Files.delete(empty);
        assertThatThrownBy(() -> pass(null)).hasMessageContaining("does not exist");
        source = new ModelFilesSource(new ModelFilesConfig(dir, null, null, null, 2), "laptops");
        assertThatThrownBy(() -> pass(null))
                .hasMessageContaining("4 model files")
                .hasMessageContaining("maxFiles");
    }
}
