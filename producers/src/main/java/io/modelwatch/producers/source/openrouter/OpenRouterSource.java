package io.modelwatch.producers.source.openrouter;

import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.Pages;
import io.modelwatch.producers.source.Source;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.producers.source.jsonlist.Descriptor;
import io.modelwatch.producers.source.jsonlist.JsonListConfig;
import io.modelwatch.producers.source.jsonlist.JsonListSource;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who serves a model at OpenRouter, and in which quantisation: each endpoint of a model is a subject of its own, below the
 * model's name. A model is a scope, so that one that is gone hides no other.
 */
public final class OpenRouterSource implements Source {

    private static final String SCOPE = "model:";

    private final OpenRouterConfig config;
    private final HttpFetcher http;
    private final Descriptor descriptor = Descriptor.load("openrouter-endpoints");

    /** @param http what it reads with */
    public OpenRouterSource(OpenRouterConfig config, HttpFetcher http) {
        this.config = config;
        this.http = http;
    }

    @Override
    public List<String> scopes() {
        return config.models().stream().map(model -> SCOPE + model).toList();
    }

    @Override
    public @Nullable String sweep(String scope, Pages pages) throws SourceException, InterruptedException {
        String model = scope.substring(SCOPE.length());
        JsonListConfig list = new JsonListConfig(
                descriptor,
                descriptor.vendor() + "/" + model,
                config.baseUrl() + "/api/v1/models/" + model + "/endpoints",
                Map.of(),
                config.token(),
                false,
                1);
        return new JsonListSource(list, http).sweep("", pages);
    }
}
