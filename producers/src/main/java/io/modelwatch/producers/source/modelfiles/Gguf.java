package io.modelwatch.producers.source.modelfiles;

import io.modelwatch.schemas.Ids;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Header of a GGUF file, versions 2 and 3 (ggml, docs/gguf.md): magic, counts, then keys with typed values. Long lists,
 * such as a tokenizer's hundred thousand tokens, are read past and not kept.
 */
final class Gguf {

    private static final long MAGIC = 0x46554747L; // "GGUF"

    /** The largest tokenizers are below 20 MiB. */
    private static final long MAX_BYTES = 64L << 20;

    private static final int MAX_KEYS = 20_000;
    private static final int MAX_KEY = 65_535; // by the format's own rule
    private static final int MAX_TEXT = 1 << 20;
    private static final int MAX_NESTING = 4;

    private static final int BOOL = 7;
    private static final int STRING = 8;
    private static final int ARRAY = 9;

    /** Bytes of a value, by type; 0 for those whose length is told. */
    private static final int[] WIDTH = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

    private static final Pattern BASE = Pattern.compile("general\\.base_model\\.\\d{1,3}\\.repo_url");

    /** What the number in general.file_type stands for (enum llama_ftype). */
    private static final Map<Long, String> FILE_TYPES = Map.ofEntries(
            Map.entry(0L, "F32"),
            Map.entry(1L, "F16"),
            Map.entry(2L, "Q4_0"),
            Map.entry(3L, "Q4_1"),
            Map.entry(7L, "Q8_0"),
            Map.entry(8L, "Q5_0"),
            Map.entry(9L, "Q5_1"),
            Map.entry(10L, "Q2_K"),
            Map.entry(11L, "Q3_K_S"),
            Map.entry(12L, "Q3_K_M"),
            Map.entry(13L, "Q3_K_L"),
            Map.entry(14L, "Q4_K_S"),
            Map.entry(15L, "Q4_K_M"),
            Map.entry(16L, "Q5_K_S"),
            Map.entry(17L, "Q5_K_M"),
            Map.entry(18L, "Q6_K"),
            Map.entry(32L, "BF16"));

    private Gguf() {}

    static Header read(InputStream file) throws IOException, HeaderException {
        HeaderInput in = new HeaderInput(file, MAX_BYTES);
        if (in.uint32() != MAGIC) {
            throw new HeaderException("no GGUF file");
        }
        long version = in.uint32();
        if (version < 2 || version > 3) {
            throw new HeaderException("GGUF version " + version + ", of which 2 and 3 are known");
        }
        in.uint64(); // tensors
        long keys = in.uint64();
        if (keys > MAX_KEYS) {
            throw new HeaderException(keys + " keys, more than " + MAX_KEYS);
        }
        Map<String, Object> values = new TreeMap<>();
        for (long i = 0; i < keys; i++) {
            String key = in.text(in.uint64(), MAX_KEY);
            Object value = value(in, type(in), 0);
            if (value != null) {
                values.put(key, value);
            }
        }
        return header(values);
    }

    private static int type(HeaderInput in) throws IOException, HeaderException {
        long type = in.uint32();
        if (type >= WIDTH.length) {
            throw new HeaderException("a value of unknown type " + type);
        }
        return (int) type;
    }

    /** Returns a text or a whole number; null for what is read past. */
    private static @Nullable Object value(HeaderInput in, int type, int nesting) throws IOException, HeaderException {
        if (type == STRING) {
            return in.text(in.uint64(), MAX_TEXT);
        }
        if (type != ARRAY) {
            long number = in.number(WIDTH[type]);
            return type == 6 || type == BOOL || type == 12 ? null : (Object) number;
        }
        if (nesting == MAX_NESTING) {
            throw new HeaderException("lists within lists, more than " + MAX_NESTING + " deep");
        }
        int inner = type(in);
        long count = in.uint64();
        if (WIDTH[inner] > 0) {
            if (count > MAX_BYTES) {
                throw new HeaderException("a list of " + count + " entries");
            }
            in.skip(count * WIDTH[inner]);
            return null;
        }
        // Each entry costs bytes of the header, which are bounded: a count that lies ends soon.
        for (long i = 0; i < count; i++) {
            if (inner == STRING) {
                in.skip(in.uint64());
            } else {
                value(in, inner, nesting + 1);
            }
        }
        return null;
    }

    private static Header header(Map<String, Object> values) {
        Map<String, Object> attributes = new HashMap<>();
        attributes.put("format", "gguf");
        String architecture = text(values, "general.architecture");
        put(attributes, "architecture", architecture);
        put(attributes, "name", text(values, "general.name"));
        put(attributes, "parameters", text(values, "general.size_label"));
        put(attributes, "tokenizer", text(values, "tokenizer.ggml.model"));
        if (values.get("general.file_type") instanceof Long type) {
            attributes.put("quantization", FILE_TYPES.getOrDefault(type, "file_type " + type));
        }
        if (values.get(architecture + ".context_length") instanceof Long length) {
            attributes.put("context_length", length);
        }
        String template = text(values, "tokenizer.chat_template");
        if (template != null) {
            attributes.put("chat_template", "sha256:" + Ids.sha256(template.getBytes(StandardCharsets.UTF_8)));
        }
        List<String> bases = new ArrayList<>();
        values.forEach((key, value) -> {
            if (BASE.matcher(key).matches() && value instanceof String base) {
                bases.add(base);
            }
        });
        return new Header(attributes, text(values, "general.license"), bases);
    }

    private static @Nullable String text(Map<String, Object> values, String key) {
        return values.get(key) instanceof String text && !text.isBlank() ? text : null;
    }

    private static void put(Map<String, Object> attributes, String name, @Nullable String value) {
        if (value != null) {
            attributes.put(name, value);
        }
    }
}
