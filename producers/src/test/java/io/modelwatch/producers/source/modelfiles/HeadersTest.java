package io.modelwatch.producers.source.modelfiles;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.schemas.Ids;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HeadersTest {

    private static final long SEED = 20_261_125L;

    private interface Reader {
        Header read(InputStream in) throws IOException, HeaderException;
    }

    static byte[] gguf() {
        return new GgufWriter()
                .text("general.architecture", "qwen3")
                .text("general.name", "Tuned 8B")
                .text("general.license", "apache-2.0")
                .text("general.base_model.0.repo_url", "https://huggingface.co/Qwen/Qwen3-8B")
                .uint32("general.file_type", 15)
                .uint32("qwen3.context_length", 40_960)
                .float64("qwen3.rope.freq_base", 1e6)
                .texts("tokenizer.ggml.tokens", 2000)
                .text("tokenizer.chat_template", "{{ messages }}")
                .bytes();
    }

    static byte[] safetensors(String header) {
        byte[] json = header.getBytes(UTF_8);
        return ByteBuffer.allocate(8 + json.length + 4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .putInt(7)
                .array();
    }

    private static final String TENSORS =
            "{\"__metadata__\":{\"format\":\"pt\"},\"a\":{\"dtype\":\"BF16\",\"shape\":[4096,1024],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}";

    private static Header gguf(byte[] bytes) throws Exception {
        return Gguf.read(new ByteArrayInputStream(bytes));
    }

    private static Header safe(String json) throws Exception {
        return Safetensors.read(new ByteArrayInputStream(safetensors(json)));
    }

    @Test
    void a_gguf_header_tells_architecture_quantisation_licence_and_base() throws Exception {
        Header header = gguf(gguf());
        assertThat(header.attributes())
                .containsEntry("architecture", "qwen3")
                .containsEntry("quantization", "Q4_K_M")
                .containsEntry("context_length", 40_960L)
                .containsEntry("chat_template", "sha256:" + Ids.sha256("{{ messages }}".getBytes(UTF_8)));
        assertThat(header.license()).isEqualTo("apache-2.0");
        assertThat(header.bases()).containsExactly("https://huggingface.co/Qwen/Qwen3-8B");
    }

    @Test
    void a_safetensors_header_tells_precision_and_size() throws Exception {
        assertThat(safe(TENSORS).attributes())
                .containsEntry("precision", "BF16,F32")
                .containsEntry("parameters", 4096L * 1024 + 1);
    }

    @Test
    void a_gguf_that_lies_about_its_lengths_is_refused_before_anything_is_set_aside() {
        GgufWriter w = new GgufWriter();
        assertThatThrownBy(() -> gguf("GGML....".getBytes(UTF_8))).hasMessageContaining("no GGUF");
        assertThatThrownBy(() -> gguf(w.bytes(1, 0))).hasMessageContaining("version 1");
        assertThatThrownBy(() -> gguf(w.bytes(3, Long.MAX_VALUE))).hasMessageContaining("keys, more than");
        assertThatThrownBy(() -> gguf(w.bytes(3, -1))).hasMessageContaining("2^63");
        assertThatThrownBy(() ->
                        gguf(new GgufWriter().lyingList("a", 8, Long.MAX_VALUE).bytes()))
                .isInstanceOf(EOFException.class);
        assertThatThrownBy(() -> gguf(
                        new GgufWriter().lyingList("a", 10, Long.MAX_VALUE / 4).bytes()))
                .isInstanceOf(HeaderException.class);
        assertThatThrownBy(
                        () -> gguf(new GgufWriter().lyingList("a", 10, 1 << 20).bytes()))
                .isInstanceOf(EOFException.class);
        assertThatThrownBy(() -> gguf(new GgufWriter().lyingList("a", 99, 1).bytes()))
                .hasMessageContaining("unknown type 99");
        assertThatThrownBy(() -> gguf(new GgufWriter().nested("a", 1000).bytes()))
                .hasMessageContaining("deep");
        assertThatThrownBy(() ->
                        gguf(new GgufWriter().text("k".repeat(70_000), "v").bytes()))
                .hasMessageContaining("a text of 70000 bytes");
    }

    @Test
    void a_safetensors_that_lies_is_refused() {
        byte[] huge = safetensors("{}");
        Arrays.fill(huge, 0, 7, (byte) 0xff);
        assertThatThrownBy(() -> Safetensors.read(new ByteArrayInputStream(huge)))
                .isInstanceOf(HeaderException.class);
        huge[7] = (byte) 0xff; // minus one
        assertThatThrownBy(() -> Safetensors.read(new ByteArrayInputStream(huge)))
                .isInstanceOf(HeaderException.class);
        assertThatThrownBy(() -> safe("[]")).hasMessageContaining("no map");
        assertThatThrownBy(() -> safe("{\"a\":1}")).hasMessageContaining("without 'dtype'");
        assertThatThrownBy(() -> safe("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1]}}"))
                .hasMessageContaining("no count");
        assertThatThrownBy(() -> safe("{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4]}}"))
                .hasMessageContaining("2^63");
        assertThatThrownBy(() -> safe("{\"a\":" + "[".repeat(10_000))).hasMessageContaining("no JSON");
    }

    /** Truncated at every length, and with bytes turned at random: read, or refused, and nothing else. */
    @Test
    void whatever_the_bytes_are_they_are_read_or_refused() {
        System.out.println("seed " + SEED);
        Random random = new Random(SEED);
        Reader[] readers = {Gguf::read, Safetensors::read};
        byte[][] samples = {gguf(), safetensors(TENSORS)};
        for (int kind = 0; kind < readers.length; kind++) {
            byte[] sample = samples[kind];
            for (int length = 0; length < Math.min(sample.length, 2000); length++) {
                assertThat(ends(readers[kind], Arrays.copyOf(sample, length))).isTrue();
            }
            for (int i = 0; i < 20_000; i++) {
                byte[] turned = sample.clone();
                for (int n = random.nextInt(1, 9); n > 0; n--) {
                    // The beginning, with its lengths and counts, more often than the rest.
                    int at = random.nextBoolean() ? random.nextInt(sample.length) : random.nextInt(64);
                    turned[at] = (byte) random.nextInt(256);
                }
                assertThat(ends(readers[kind], turned)).isTrue();
            }
            for (int i = 0; i < 2000; i++) {
                byte[] noise = new byte[random.nextInt(300)];
                random.nextBytes(noise);
                assertThat(ends(readers[kind], noise)).isTrue();
            }
        }
    }

    private static boolean ends(Reader reader, byte[] bytes) {
        try {
            return reader.read(new ByteArrayInputStream(bytes)) != null;
        } catch (IOException | HeaderException e) {
            return true;
        }
    }
}
