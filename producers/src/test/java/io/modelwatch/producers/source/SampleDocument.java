package io.modelwatch.producers.source;

import io.modelwatch.producers.http.Fetched;
import io.modelwatch.schemas.avro.Evidence;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Answers as if they had been read from somewhere. */
public final class SampleDocument {

    /** Where they were read. */
    public static final URI PLACE = URI.create("https://vendor.example/list");

    /** What is said to prove them. */
    public static final Evidence EVIDENCE =
            Evidence.newBuilder().setUrl(PLACE.toString()).setMethod("api").build();

    private SampleDocument() {}

    /** Returns an answer without a header. */
    public static Fetched fetched(byte[] body) {
        return new Fetched(PLACE, HttpHeaders.of(Map.of(), (name, value) -> true), body);
    }

    /** Returns an answer as JSON, or null where it is none. */
    public static Json.@Nullable Document json(byte[] body) {
        try {
            return new Json.Document(JsonMapper.shared().readTree(body), fetched(body), EVIDENCE);
        } catch (JacksonException none) {
            return null;
        }
    }
}
