package io.modelwatch.producers.source.huggingface;

import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.ModelIds;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.ParentRef;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The Hub's word for a model, as facts. What it does not know it leaves out; unknown fields are passed over. */
final class HubModel {

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,96}(/[A-Za-z0-9._-]{1,96})?");
    private static final Set<String> RELATIONS = Set.of("finetune", "adapter", "quantized", "merge");
    /** Tags that say how a model was made from another; the other tags are prose. */
    private static final Set<String> FORM_TAGS =
            Set.of("adapter", "lora", "merge", "mergekit", "gguf", "awq", "gptq", "exl2", "mlx", "bitsandbytes");

    private static final int MAX_FILES = 500;
    private static final int MAX_PARENTS = 64;

    private HubModel() {}

    static @Nullable String id(JsonNode model) {
        String id = Json.text(model, "id");
        if (id == null) {
            id = Json.text(model, "modelId");
        }
        return id != null && ID.matcher(id).matches() ? id : null;
    }

    static @Nullable Instant lastModified(JsonNode model) {
        return time(Json.text(model, "lastModified"));
    }

    static ModelReading reading(String id, JsonNode model, @Nullable Files files, Owners owners, Evidence evidence) {
        JsonNode card = model.path("cardData");
        List<String> tags = Json.texts(model, "tags");
        Map<String, Object> attributes = new HashMap<>();
        String author = Json.text(model, "author");
        if (author == null && id.contains("/")) {
            author = id.substring(0, id.indexOf('/'));
        }
        put(attributes, "gated", model.path("gated"));
        put(attributes, "private", model.path("private"));
        put(attributes, "disabled", model.path("disabled"));
        put(attributes, "pipeline_tag", model.path("pipeline_tag"));
        put(attributes, "library", model.path("library_name"));
        put(attributes, "license_name", card.path("license_name"));
        put(attributes, "new_version", card.path("new_version"));
        JsonNode parameters = model.path("safetensors").path("total");
        put(
                attributes,
                "parameters",
                parameters.isNumber() ? parameters : model.path("gguf").path("total"));
        put(attributes, "context_length", model.path("gguf").path("context_length"));
        put(attributes, "architecture", model.path("gguf").path("architecture"));
        put(attributes, "repository_id", model.path("_id"));
        JsonNode config = model.path("config");
        put(attributes, "model_type", config.path("model_type"));
        put(attributes, "peft_base_model", config.path("peft").path("base_model_name_or_path"));
        List<String> forms = new ArrayList<>(new TreeSet<>(tags));
        forms.retainAll(FORM_TAGS);
        if (!forms.isEmpty()) {
            attributes.put("form_tags", forms);
        }
        attributes.putAll(ExecutionConfiguration.listed(model));
        if (files != null) {
            attributes.put("files", new ArrayList<>(files.paths()));
            if (files.truncated()) {
                attributes.put("files_truncated", true);
            }
            attributes.putAll(files.configuration());
        }
        Set<String> datasets = new TreeSet<>(Json.texts(card, "datasets"));
        datasets.addAll(tagged(tags, "dataset:"));
        String told = Json.text(model.path("authorData"), "_id");
        return new ModelReading(
                ModelFacts.newBuilder()
                        .setId(String.valueOf(ModelIds.of("huggingface", id)))
                        .setRevision(Json.text(model, "sha"))
                        .setAuthor(author)
                        .setOwnerId(told == null ? owners.of(author) : told)
                        .setParents(parents(model, card, tags))
                        .setLicense(license(card, tags))
                        .setDatasets(new ArrayList<>(datasets))
                        .setAttributes(attributes)
                        .build(),
                lastModified(model),
                evidence);
    }

    /** "other" is no licence: where the card has a name for it, that is the licence. */
    private static @Nullable String license(JsonNode card, List<String> tags) {
        TreeSet<String> licenses = new TreeSet<>(Json.texts(card, "license"));
        if (licenses.isEmpty()) {
            licenses.addAll(tagged(tags, "license:"));
        }
        String name = Json.text(card, "license_name");
        if (name != null && licenses.equals(Set.of("other"))) {
            return name;
        }
        return licenses.isEmpty() ? null : String.join(",", licenses);
    }

    /** Card, Hub and tags often name different parents: all are kept. The relation is the most explicit one. */
    private static List<ParentRef> parents(JsonNode model, JsonNode card, List<String> tags) {
        Map<String, String> relations = new TreeMap<>();
        for (String tag : tagged(tags, "base_model:")) {
            int colon = tag.indexOf(':');
            String relation = colon < 0 ? "unknown" : tag.substring(0, colon);
            add(relations, tag.substring(colon + 1), relation);
        }
        JsonNode hub = model.path("baseModels");
        for (JsonNode parent : hub.path("models")) {
            String id = Json.text(parent, "id");
            if (id != null) {
                add(relations, id, Json.text(hub, "relation"));
            }
        }
        String declared = Json.text(card, "base_model_relation");
        for (String id : Json.texts(card, "base_model")) {
            add(relations, id, declared);
        }
        List<ParentRef> parents = new ArrayList<>();
        relations.forEach((id, relation) -> {
            if (parents.size() < MAX_PARENTS) {
                parents.add(ParentRef.newBuilder()
                        .setId(String.valueOf(ModelIds.of("huggingface", id)))
                        .setRelation(relation)
                        .build());
            }
        });
        return parents;
    }

    private static void add(Map<String, String> relations, String given, @Nullable String relation) {
        String id = given.strip()
                .replaceFirst("^https?://(www\\.)?huggingface\\.co/", "")
                .replaceFirst("/+$", "");
        if (!ID.matcher(id).matches()) {
            return; // A local path or prose: it names no model, and a guess is worse than nothing.
        }
        String known = relation != null && RELATIONS.contains(relation) ? relation : "unknown";
        relations.merge(id, known, (before, now) -> now.equals("unknown") ? before : now);
    }

    /**
     * The files of a revision.
     *
     * @param revision the revision
     * @param paths each with the digest of its content, where the Hub gives one; sorted
     * @param truncated whether there are more
     * @param configuration attributes of the files that say how it is executed
     */
    record Files(String revision, List<String> paths, boolean truncated, Map<String, Object> configuration) {

        static Files of(String revision, JsonNode siblings) {
            TreeSet<String> files = new TreeSet<>();
            Map<String, String> digests = new TreeMap<>();
            for (JsonNode file : siblings) {
                String path = Json.text(file, "rfilename");
                String digest = Json.text(file.path("lfs"), "sha256");
                if (digest == null) {
                    digest = Json.text(file, "blobId");
                }
                if (path != null) {
                    files.add(digest == null ? path : path + "@" + digest);
                    digests.put(path, String.valueOf(digest));
                }
            }
            return new Files(
                    revision,
                    files.stream().limit(MAX_FILES).toList(),
                    files.size() > MAX_FILES,
                    ExecutionConfiguration.files(digests));
        }
    }

    private static List<String> tagged(List<String> tags, String prefix) {
        return tags.stream()
                .filter(tag -> tag.startsWith(prefix))
                .map(tag -> tag.substring(prefix.length()))
                .toList();
    }

    private static void put(Map<String, Object> attributes, String name, JsonNode node) {
        if (node.isBoolean()) {
            attributes.put(name, node.booleanValue());
        } else if (node.isIntegralNumber() && node.canConvertToLong()) {
            attributes.put(name, node.longValue());
        } else if (node.isString() && !node.stringValue().isBlank()) {
            attributes.put(name, node.stringValue());
        }
    }

    private static @Nullable Instant time(@Nullable String text) {
        try {
            return text == null
                    ? null
                    : Instant.ofEpochMilli(Instant.parse(text).toEpochMilli());
        } catch (DateTimeException | ArithmeticException e) {
            return null;
        }
    }
}
