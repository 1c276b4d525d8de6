package io.modelwatch.producers.source.jsonlist;

import io.modelwatch.producers.source.SourceException;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;

/** Asks with the headers of a configuration and, where there is one, its token. */
final class TokenCaller implements Caller {

    private final JsonListConfig config;

    TokenCaller(JsonListConfig config) {
        this.config = config;
    }

    @Override
    public Map<String, String> headers(URI uri) throws SourceException {
        Descriptor descriptor = config.descriptor();
        Map<String, String> headers = new LinkedHashMap<>(config.headers());
        String token = config.token().read(System::getenv);
        if (token != null) {
            headers.put(descriptor.authHeader(), descriptor.authPrefix() + token);
        } else if (config.tokenRequired()) {
            throw new SourceException(
                    "not asked: " + descriptor.vendor() + " lists its models to holders of a token only; "
                            + config.token().todo());
        }
        return headers;
    }

    @Override
    public SourceException explain(SourceException error) {
        try {
            return config.token().explain(error, config.token().read(System::getenv) != null);
        } catch (SourceException e) {
            return error;
        }
    }
}
