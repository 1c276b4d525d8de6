package io.modelwatch.producers.source.huggingface;

import io.modelwatch.schemas.Ids;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * What decides, beside the weights, how a model answers: chat template, tokenizer, generation settings. Digests only:
 * the texts are long, and that they differ is what counts. Names of the attributes are those that make the change one
 * of the execution configuration.
 */
final class ExecutionConfiguration {

    private static final Set<String> TOKENIZER = Set.of(
            "tokenizer.json",
            "tokenizer.model",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "vocab.json",
            "vocab.txt",
            "merges.txt");

    private static final Set<String> CHAT_TEMPLATE = Set.of("chat_template.jinja", "chat_template.json");

    private ExecutionConfiguration() {}

    /** Returns what the listing shows. */
    static Map<String, Object> listed(JsonNode model) {
        JsonNode config = model.path("config");
        Map<String, Object> attributes = new HashMap<>();
        for (JsonNode template : List.of(
                config.path("chat_template_jinja"),
                config.path("tokenizer_config").path("chat_template"),
                model.path("gguf").path("chat_template"))) {
            // A list of named templates is digested as it stands.
            if (!template.isMissingNode() && !template.isNull() && !attributes.containsKey("chat_template")) {
                String text = template.isString() ? template.stringValue() : template.toString();
                attributes.put("chat_template", "sha256:" + Ids.sha256(text.getBytes(StandardCharsets.UTF_8)));
            }
        }
        return attributes;
    }

    /** @param digests of the files in the repository's root and below, by path; "null" where the Hub gives none */
    static Map<String, Object> files(Map<String, String> digests) {
        Map<String, Object> attributes = new HashMap<>();
        List<String> tokenizer = new ArrayList<>();
        List<String> templates = new ArrayList<>();
        new TreeMap<>(digests).forEach((path, digest) -> {
            if (TOKENIZER.contains(path)) {
                tokenizer.add(path + "@" + digest);
            } else if (CHAT_TEMPLATE.contains(path)) {
                templates.add(path + "@" + digest);
            } else if (path.equals("generation_config.json")) {
                attributes.put("generation_config", digest);
            }
        });
        if (!tokenizer.isEmpty()) {
            attributes.put("tokenizer_files", tokenizer);
        }
        if (!templates.isEmpty()) {
            attributes.put("chat_template_files", templates);
        }
        return attributes;
    }
}
