package io.modelwatch.producers.http;

import io.modelwatch.schemas.Ids;
import java.net.URI;
import java.net.http.HttpHeaders;

/**
 * What was read.
 *
 * @param uri where it was read, after redirects
 * @param headers headers of the answer
 * @param body the whole body
 */
@SuppressWarnings("ArrayRecordComponent") // handed on, never compared
public record Fetched(URI uri, HttpHeaders headers, byte[] body) {

    /** Returns the SHA-256 of the body, in hex. */
    public String sha256() {
        return Ids.sha256(body);
    }
}
