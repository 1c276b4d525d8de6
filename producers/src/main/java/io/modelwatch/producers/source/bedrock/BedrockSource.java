package io.modelwatch.producers.source.bedrock;

import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.Pages;
import io.modelwatch.producers.source.Source;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.producers.source.Token;
import io.modelwatch.producers.source.jsonlist.Descriptor;
import io.modelwatch.producers.source.jsonlist.JsonListConfig;
import io.modelwatch.producers.source.jsonlist.JsonListSource;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Foundation models and inference profiles of a region: a profile routes to models, and can be pointed elsewhere. */
public final class BedrockSource implements Source {

    private static final String MODELS = "foundation-models";
    private static final String PROFILES = "inference-profiles";

    /** Pages of a listing. */
    private static final int MAX_PAGES = 50;

    private final BedrockConfig config;
    private final HttpFetcher http;
    private final AwsCaller caller;

    /** @param http what it reads with */
    public BedrockSource(BedrockConfig config, HttpFetcher http) {
        this.config = config;
        this.http = http;
        this.caller = new AwsCaller(config);
    }

    @Override
    public List<String> scopes() {
        return config.inferenceProfiles() ? List.of(MODELS, PROFILES) : List.of(MODELS);
    }

    @Override
    public @Nullable String sweep(String scope, Pages pages) throws SourceException, InterruptedException {
        Descriptor descriptor = Descriptor.load(scope.equals(MODELS) ? "bedrock" : "bedrock-profiles");
        JsonListConfig list = new JsonListConfig(
                descriptor,
                descriptor.vendor(),
                config.baseUrl() + "/" + scope,
                Map.of(),
                new Token(null, null),
                false,
                MAX_PAGES);
        return new JsonListSource(list, http, caller).sweep("", pages);
    }
}
