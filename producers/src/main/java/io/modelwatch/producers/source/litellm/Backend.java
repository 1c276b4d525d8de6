package io.modelwatch.producers.source.litellm;

import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.ModelIds;
import io.modelwatch.producers.source.Weights;
import java.net.URI;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What one row of {@code /model/info} says of a backend. Of {@code litellm_params} only the fields below are looked at: it
 * may hold keys.
 *
 * @param route the name that callers ask for
 * @param words provider and name, as the gateway writes them; the base model where the row names one
 * @param provider first part of the words
 * @param region the provider's region, or null
 * @param place scheme, host and port of an address of its own, or null
 * @param weight share that it was given, or null
 */
record Backend(
        String route,
        String words,
        String provider,
        @Nullable String region,
        @Nullable String place,
        @Nullable Double weight) {

    /** Prefixes behind which the weights are named as the Hub names them. */
    private static final Set<String> OF_HUB = Set.of(
            "huggingface",
            "hosted_vllm",
            "vllm",
            "text-completion-openai",
            "custom_openai",
            "openai_like",
            "tgi",
            "xinference");

    private static final Set<String> OF_OLLAMA = Set.of("ollama", "ollama_chat");

    /** Returns null if the row names no route or no backend. */
    static @Nullable Backend of(JsonNode row) {
        String route = Json.text(row, "model_name");
        JsonNode params = row.path("litellm_params");
        String model = Json.text(params, "model");
        if (route == null || model == null) {
            return null;
        }
        String base = Json.text(row.path("model_info"), "base_model");
        String region = Json.text(params, "aws_region_name");
        if (region == null) {
            region = Json.text(params, "vertex_location");
        }
        if (region == null) {
            region = Json.text(params, "region_name");
        }
        JsonNode weight = params.path("weight");
        String words = base == null ? model : base;
        String provider = Json.text(params, "custom_llm_provider");
        if (provider == null) {
            // Without a prefix the gateway guesses the provider from the name; OpenAI's are the ones written so.
            provider = model.contains("/") ? model.substring(0, model.indexOf('/')) : "openai";
        }
        return new Backend(
                route,
                words,
                provider,
                region,
                place(Json.text(params, "api_base")),
                weight.isNumber() && weight.doubleValue() > 0 && Double.isFinite(weight.doubleValue())
                        ? weight.doubleValue()
                        : null);
    }

    /** Returns the model that stands behind it; null if its name can be none. */
    @Nullable
    Weights weights(String deployment, Map<String, String> known) {
        if (known.containsKey(words)) {
            return Weights.of(words, deployment, known);
        }
        String name = words.startsWith(provider + "/") ? words.substring(provider.length() + 1) : words;
        if (OF_OLLAMA.contains(provider)) {
            return whole(ModelIds.ollama(name));
        }
        boolean elsewhere = place != null && !isVendors(place);
        if (OF_HUB.contains(provider) || (provider.equals("openai") && elsewhere)) {
            // A server of one's own that speaks OpenAI's protocol serves no model of OpenAI's.
            return Weights.of(name, deployment, known);
        }
        return whole(ModelIds.of("generic", (words.contains("/") ? "" : provider + "/") + words));
    }

    private static @Nullable Weights whole(@Nullable String id) {
        return id == null ? null : new Weights(id, null, true);
    }

    private static boolean isVendors(String place) {
        String host = URI.create(place).getHost();
        return host != null && (host.equals("openai.com") || host.endsWith(".openai.com"));
    }

    /** Scheme, host and port: what follows may hold a key. */
    private static @Nullable String place(@Nullable String address) {
        if (address == null) {
            return null;
        }
        try {
            URI uri = URI.create(address);
            return uri.getHost() == null
                    ? null
                    : uri.getScheme() + "://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
