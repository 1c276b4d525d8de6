package io.modelwatch.producers.source.runtime;

import io.modelwatch.producers.http.FetchException;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.schemas.avro.Evidence;
import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The questions of one sweep to one server. */
final class Asking {

    private final HttpFetcher http;
    private final RuntimeConfig.Endpoint endpoint;
    private final Map<String, String> headers;
    private final boolean authorized;

    /** What a server answered. */
    record Answer(JsonNode root, Evidence evidence) {}

    private interface Question {
        Json.Document ask() throws SourceException, InterruptedException;
    }

    Asking(HttpFetcher http, RuntimeConfig.Endpoint endpoint) throws SourceException {
        this.http = http;
        this.endpoint = endpoint;
        this.headers = endpoint.token().authorization(null);
        this.authorized = !headers.isEmpty();
    }

    String place() {
        return FetchException.place(URI.create(endpoint.url()));
    }

    Answer get(String path) throws SourceException, InterruptedException {
        return answer(() -> Json.get(http, uri(path), headers));
    }

    /** Returns null where the server does not know the path. */
    @Nullable
    Answer getIfThere(String path) throws SourceException, InterruptedException {
        return ifThere(() -> Json.get(http, uri(path), headers));
    }

    Answer post(String path, Map<String, ?> body) throws SourceException, InterruptedException {
        return answer(() -> Json.post(http, uri(path), headers, body));
    }

    /** Returns null where the server does not know the path. */
    @Nullable
    Answer postIfThere(String path) throws SourceException, InterruptedException {
        return ifThere(() -> Json.post(http, uri(path), headers, Map.of()));
    }

    /** Returns an error about what an answer holds. */
    SourceException wrong(String path, String what) {
        return new SourceException(what + " in the JSON from " + FetchException.place(uri(path)));
    }

    private URI uri(String path) {
        return URI.create(endpoint.url() + path);
    }

    private Answer answer(Question question) throws SourceException, InterruptedException {
        try {
            Json.Document document = question.ask();
            return new Answer(document.root(), document.evidence());
        } catch (SourceException e) {
            throw endpoint.token().explain(e, authorized);
        }
    }

    private @Nullable Answer ifThere(Question question) throws SourceException, InterruptedException {
        try {
            return answer(question);
        } catch (SourceException e) {
            boolean unknown = e.getCause() instanceof FetchException f && (f.status() == 404 || f.status() == 405);
            if (unknown) {
                return null;
            }
            throw e;
        }
    }
}
