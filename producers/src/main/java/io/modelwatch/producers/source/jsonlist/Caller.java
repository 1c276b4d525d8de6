package io.modelwatch.producers.source.jsonlist;

import io.modelwatch.producers.source.SourceException;
import java.net.URI;
import java.util.Map;

/** Who asks for a list: what goes with each request to prove it. */
public interface Caller {

    /**
     * Returns the headers of a request.
     *
     * @param uri what is asked for
     * @throws SourceException if there is nothing to prove it with; the message says what to do
     */
    Map<String, String> headers(URI uri) throws SourceException;

    /** Returns an error with what can be done about it, where that is known. */
    SourceException explain(SourceException error);
}
