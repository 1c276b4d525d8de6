package io.modelwatch.producers.source.modelfiles;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Header of a safetensors file: eight bytes with its length, then JSON with type, shape and place of each tensor
 * (huggingface/safetensors, README).
 */
final class Safetensors {

    /** The format allows 100 MB; a shard of ten thousand tensors has 2. */
    private static final int MAX_BYTES = 32 << 20;

    private static final int MAX_TENSORS = 200_000;
    private static final int MAX_DIMENSIONS = 16;
    private static final int MAX_DEPTH = 8;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxNumberLength(20)
                            .maxStringLength(1 << 20)
                            .maxDocumentLength(MAX_BYTES)
                            .build())
                    .build())
            .build();

    private Safetensors() {}

    static Header read(InputStream file) throws IOException, HeaderException {
        HeaderInput in = new HeaderInput(file, MAX_BYTES + 8L);
        String text = in.text(in.uint64(), MAX_BYTES);
        JsonNode root;
        try {
            root = JSON.readTree(text);
        } catch (JacksonException e) {
            throw new HeaderException("no safetensors file: its header is no JSON within the bounds");
        }
        if (!root.isObject() || root.size() > MAX_TENSORS) {
            throw new HeaderException(
                    "no safetensors file: its header is no map of at most " + MAX_TENSORS + " tensors");
        }
        TreeSet<String> types = new TreeSet<>();
        long parameters = 0;
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            if (!entry.getKey().equals("__metadata__")) {
                JsonNode tensor = entry.getValue();
                if (!tensor.path("dtype").isString() || !tensor.path("shape").isArray()) {
                    throw new HeaderException("a tensor without 'dtype' or 'shape'");
                }
                types.add(tensor.path("dtype").stringValue());
                parameters = sum(parameters, size(tensor.path("shape")));
            }
        }
        Map<String, Object> attributes = new HashMap<>();
        attributes.put("format", "safetensors");
        if (!types.isEmpty()) {
            attributes.put(
                    "precision", String.join(",", types.stream().limit(10).toList()));
            attributes.put("parameters", parameters);
        }
        return new Header(attributes, null, List.of());
    }

    private static long size(JsonNode shape) throws HeaderException {
        if (shape.size() > MAX_DIMENSIONS) {
            throw new HeaderException("a tensor of more than " + MAX_DIMENSIONS + " dimensions");
        }
        long size = 1;
        for (JsonNode dimension : shape) {
            if (!dimension.isIntegralNumber() || !dimension.canConvertToLong() || dimension.longValue() < 0) {
                throw new HeaderException("a tensor with a dimension that is no count");
            }
            try {
                size = Math.multiplyExact(size, dimension.longValue());
            } catch (ArithmeticException e) {
                throw new HeaderException("a tensor of more than 2^63 numbers");
            }
        }
        return size;
    }

    private static long sum(long one, long other) throws HeaderException {
        try {
            return Math.addExact(one, other);
        } catch (ArithmeticException e) {
            throw new HeaderException("more than 2^63 numbers");
        }
    }
}
