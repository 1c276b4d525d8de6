package io.modelwatch.producers.source.mlflow;

import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.ModelIds;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.ParentRef;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The registry's word for a model, as facts: its newest version is the revision, and what each alias points to. */
final class RegisteredModel {

    /** Where a version came from, if that was a repository of the Hub. */
    private static final Pattern ON_HUB = Pattern.compile(
            "(?:hf://|https?://(?:www\\.)?huggingface\\.co/)([A-Za-z0-9._-]{1,96}/[A-Za-z0-9._-]{1,96})(?:[@/].*)?");

    private static final int MAX_ALIASES = 200;

    private RegisteredModel() {}

    /**
     * One version.
     *
     * @param number counts up from 1
     * @param source where its files are
     * @param status {@code READY}, {@code PENDING_REGISTRATION} or {@code FAILED_REGISTRATION}
     * @param stage MLflow's old stages; {@code None} where they are not used
     */
    record Version(
            long number,
            @Nullable String source,
            @Nullable String status,
            @Nullable String stage) {

        static @Nullable Version of(JsonNode node) {
            // A string in every release so far; a number would mean the same.
            String text = node.path("version").asString("");
            return text.matches("\\d{1,18}")
                    ? new Version(
                            Long.parseLong(text),
                            Json.text(node, "source"),
                            Json.text(node, "status"),
                            Json.text(node, "current_stage"))
                    : null;
        }
    }

    /** @param versions the newest first */
    static ModelReading reading(String id, JsonNode model, List<Version> versions, Evidence evidence) {
        Map<String, Object> attributes = new HashMap<>();
        Map<Long, Version> byNumber = new HashMap<>();
        versions.forEach(version -> byNumber.put(version.number(), version));
        Version newest = versions.isEmpty() ? null : versions.getFirst();
        if (newest != null) {
            put(attributes, "source", newest.source());
            put(attributes, "status", newest.status());
        }
        TreeSet<String> stages = new TreeSet<>();
        for (Version version : versions) {
            if (version.stage() != null
                    && !version.stage().equals("None")
                    && !version.stage().equals("Archived")) {
                stages.add(version.stage() + "=" + version.number());
            }
        }
        if (!stages.isEmpty()) {
            attributes.put("stages", List.copyOf(stages));
        }
        int aliases = 0;
        for (JsonNode alias : model.path("aliases")) {
            String name = Json.text(alias, "alias");
            String version = alias.path("version").asString("");
            if (name != null && !version.isEmpty() && aliases++ < MAX_ALIASES) {
                attributes.put("alias." + name, version);
                Version of = version.matches("\\d{1,18}") ? byNumber.get(Long.parseLong(version)) : null;
                if (of != null) {
                    put(attributes, "alias_source." + name, of.source());
                }
            }
        }
        Matcher hub = ON_HUB.matcher(newest == null ? "" : String.valueOf(newest.source()));
        String parent = hub.matches() ? ModelIds.of("huggingface", hub.group(1)) : null;
        return new ModelReading(
                ModelFacts.newBuilder()
                        .setId(id)
                        .setRevision(newest == null ? null : Long.toString(newest.number()))
                        .setParents(parent == null ? List.of() : List.of(new ParentRef(parent, "unknown")))
                        .setDatasets(List.of())
                        .setAttributes(attributes)
                        .build(),
                // An alias that moves leaves every time in the registry as it was: from when is not told.
                null,
                evidence);
    }

    private static void put(Map<String, Object> attributes, String name, @Nullable String value) {
        if (value != null) {
            attributes.put(name, value);
        }
    }
}
