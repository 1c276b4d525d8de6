package io.modelwatch.producers.source;

import io.modelwatch.producers.http.EvidenceUrl;
import io.modelwatch.producers.http.FetchException;
import io.modelwatch.producers.http.Fetched;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.schemas.avro.Evidence;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reading JSON from outside. Jackson's own bounds on depth (500) and number length hold. */
public final class Json {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Json() {}

    /**
     * A document with the evidence of its reading.
     *
     * @param root the document
     * @param fetched what it was parsed from
     * @param evidence for what is taken from here; made once, since it digests the whole body
     */
    public record Document(JsonNode root, Fetched fetched, Evidence evidence) {}

    /**
     * Reads a document.
     *
     * @throws SourceException if it cannot be read, or is no JSON
     */
    public static Document get(HttpFetcher http, URI uri, Map<String, String> headers)
            throws SourceException, InterruptedException {
        try {
            return document(uri, http.getJson(uri, headers));
        } catch (FetchException e) {
            throw new SourceException(String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Reads the answer to a question that is asked with a body; all else as {@link #get}.
     *
     * @param body what is asked
     */
    public static Document post(HttpFetcher http, URI uri, Map<String, String> headers, Map<String, ?> body)
            throws SourceException, InterruptedException {
        try {
            return document(uri, http.postJson(uri, headers, MAPPER.writeValueAsString(body)));
        } catch (FetchException e) {
            throw new SourceException(String.valueOf(e.getMessage()), e);
        }
    }

    private static Document document(URI uri, Fetched fetched) throws SourceException {
        try {
            return new Document(MAPPER.readTree(fetched.body()), fetched, evidence(fetched));
        } catch (JacksonException e) {
            // The message of the parser quotes the input, which may be anything: only the place is told.
            String at =
                    e.getLocation() == null ? "" : " at line " + e.getLocation().getLineNr();
            throw new SourceException("no JSON" + at + " from " + FetchException.place(uri), e);
        }
    }

    private static Evidence evidence(Fetched fetched) {
        return Evidence.newBuilder()
                .setUrl(EvidenceUrl.of(fetched.uri()))
                .setSha256(fetched.sha256())
                .setMethod("api")
                .build();
    }

    /** Returns a plain Java form (maps, lists, scalars) of a node. */
    public static @Nullable Object plain(JsonNode node) {
        return MAPPER.convertValue(node, Object.class);
    }

    /** Returns a non-blank text of a field, or null. */
    public static @Nullable String text(JsonNode object, String field) {
        JsonNode node = object.path(field);
        return node.isString() && !node.stringValue().isBlank() ? node.stringValue() : null;
    }

    /** Returns the texts of a field that holds one or a list of them. */
    public static List<String> texts(JsonNode object, String field) {
        JsonNode node = object.path(field);
        List<String> texts = new ArrayList<>();
        if (node.isString()) {
            texts.add(node.stringValue());
        }
        for (JsonNode one : node) {
            if (node.isArray() && one.isString()) {
                texts.add(one.stringValue());
            }
        }
        texts.removeIf(String::isBlank);
        return texts;
    }

    /** Returns a number as it is compared and stored, or null where it lies beyond what a double holds (1e999999999). */
    public static @Nullable Number number(Number given) {
        if (given instanceof Integer || given instanceof Long) {
            return given.longValue();
        }
        double number = given.doubleValue();
        return Double.isFinite(number) ? number : null;
    }
}
