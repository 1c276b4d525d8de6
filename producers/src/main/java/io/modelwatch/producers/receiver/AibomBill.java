package io.modelwatch.producers.receiver;

import io.modelwatch.producers.intake.LineError;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.Roles;
import io.modelwatch.producers.source.Weights;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.DeploymentFacts;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A bill of k8s-aibom about one workload. Properties are read under both their names: {@code aibom.confidence} (through
 * the controller's 1.6) and {@code k8s-aibom:confidence} (from 1.7).
 */
final class AibomBill {

    /** The controller caps its own documents; this bounds what anybody else sends. */
    private static final int MAX_COMPONENTS = 2000;

    private final JsonNode root;
    private final String kind;
    private final String namespace;
    private final String name;
    private final List<JsonNode> components = new ArrayList<>();

    AibomBill(JsonNode root, String kind, String namespace, String name) {
        this.root = root;
        this.kind = kind;
        this.namespace = namespace;
        this.name = name;
        gather(root.path("components"), 0);
    }

    private void gather(JsonNode list, int depth) {
        for (JsonNode one : list) {
            if (components.size() <= MAX_COMPONENTS && depth < 8) {
                components.add(one);
                gather(one.path("components"), depth + 1);
            }
        }
    }

    /** Returns what is wrong with it, or null. */
    @Nullable
    LineError fault() {
        if (!root.path("bomFormat").asString("").equals("CycloneDX")) {
            return new LineError(1, "bomFormat", "must be CycloneDX");
        }
        if (!root.path("specVersion").asString("").equals("1.6")) {
            return new LineError(1, "specVersion", "must be 1.6");
        }
        if (components.size() > MAX_COMPONENTS) {
            return new LineError(1, "components", "more than " + MAX_COMPONENTS);
        }
        JsonNode subject = root.path("metadata").path("component");
        for (Map.Entry<String, String> one :
                Map.of("kind", kind, "namespace", namespace, "name", name).entrySet()) {
            String said = property(subject, "workload." + one.getKey());
            if (said != null && !said.equals(one.getValue())) {
                return new LineError(
                        1, "metadata.component", "the document is about another workload than the headers say");
            }
        }
        return null;
    }

    /** Returns when it was made, or null where it does not say. */
    @Nullable
    Instant timestamp() {
        try {
            return Instant.parse(root.path("metadata").path("timestamp").asString(""))
                    .truncatedTo(ChronoUnit.MILLIS);
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** Returns the weakest confidence of what it says of models: one holds for all facts of an observation. */
    Confidence confidence() {
        TreeSet<Confidence> all = new TreeSet<>();
        for (JsonNode one : components) {
            if (isModel(one)) {
                switch (String.valueOf(property(one, "confidence"))) {
                    case "declared" -> all.add(Confidence.DECLARED);
                    case "verified" -> all.add(Confidence.VERIFIED);
                    default -> all.add(Confidence.INFERRED);
                }
            }
        }
        return all.contains(Confidence.INFERRED)
                ? Confidence.INFERRED
                : all.contains(Confidence.DECLARED) || all.isEmpty() ? Confidence.DECLARED : Confidence.VERIFIED;
    }

    DeploymentFacts facts(ReceiverConfig config) {
        String kind = this.kind.toLowerCase(Locale.ROOT);
        String deployment = config.deployment(namespace, kind, name);
        Map<String, TreeSet<String>> lists = new HashMap<>();
        List<DeployedModel> models = models(config, deployment, lists);
        for (JsonNode one : components) {
            switch (one.path("type").asString("")) {
                case "container" -> container(one, lists);
                case "application" -> add(lists, "runtime", property(one, "runtime.name"));
                default -> {}
            }
        }
        JsonNode metadata = root.path("metadata");
        add(lists, "truncated", property(metadata, "truncation.applied"));
        Map<String, Object> attributes = new HashMap<>();
        lists.forEach((name, values) -> attributes.put(name, List.copyOf(values)));
        attributes.put("cluster", config.cluster());
        attributes.put("namespace", namespace);
        attributes.put("workload", kind + "/" + name);
        String category = property(metadata.path("component"), "workload.category");
        if (category != null) {
            attributes.put("category", category);
        }
        return config.place()
                .facts(deployment)
                .setModels(models)
                .setAttributes(attributes)
                .build();
    }

    /** One model may be claimed twice, by an argument and by a variable: that is one model. */
    private List<DeployedModel> models(ReceiverConfig config, String deployment, Map<String, TreeSet<String>> lists) {
        Roles roles = new Roles();
        Map<String, DeployedModel> models = new LinkedHashMap<>();
        for (JsonNode one : components) {
            String words = Json.text(one, "purl");
            // A package URL carries its version behind an @; the words of the workload do not.
            words = words == null || !words.startsWith("pkg:huggingface/")
                    ? Json.text(one, "name")
                    : words.replaceFirst("[@?#].*$", "");
            if (!isModel(one) || words == null) {
                continue;
            }
            Weights weights = Weights.of(words, deployment, config.models());
            if (weights == null || models.containsKey(weights.id())) {
                continue;
            }
            String revision = property(one, "model.revision");
            // A key of a vendor's API is a model that is called, not one that runs here.
            boolean called = "env_var_name_present".equals(property(one, "evidence.source"));
            String role = roles.of(called ? "api" : "primary");
            models.put(
                    weights.id(),
                    DeployedModel.newBuilder()
                            .setId(weights.id())
                            .setRevision(
                                    revision != null
                                            ? revision
                                            : weights.revision() != null
                                                    ? weights.revision()
                                                    : Json.text(one, "version"))
                            .setRole(role)
                            .setRequested(Weights.withoutAccount(words))
                            .build());
            if (!weights.resolved()) {
                add(lists, "unresolved", role + " (" + Weights.withoutAccount(words) + ")");
            }
            String outcome = property(one, "security.signing.status", "signature.status");
            add(lists, "signing", outcome == null ? null : role + " " + outcome);
        }
        return List.copyOf(models.values());
    }

    private static void container(JsonNode one, Map<String, TreeSet<String>> lists) {
        add(lists, "image", property(one, "image.reference"));
        if (!"pod_status".equals(property(one, "evidence.source"))) {
            return;
        }
        String container = property(one, "container.name");
        for (JsonNode hash : one.path("hashes")) {
            String content = hash.path("content").asString("");
            if (hash.path("alg").asString("").equals("SHA-256") && content.matches("[0-9a-f]{64}")) {
                add(lists, "running", (container == null ? "" : container + "@") + "sha256:" + content);
            }
        }
    }

    private static boolean isModel(JsonNode component) {
        return component.path("type").asString("").equals("machine-learning-model");
    }

    private static void add(Map<String, TreeSet<String>> lists, String name, @Nullable String value) {
        if (value != null) {
            lists.computeIfAbsent(name, n -> new TreeSet<>()).add(value);
        }
    }

    /** Returns a property by its dotted name, under whichever of its names it stands; null where it does not. */
    private static @Nullable String property(JsonNode of, String... names) {
        for (String name : names) {
            String colons = "k8s-aibom:" + name.replace('.', ':');
            for (JsonNode one : of.path("properties")) {
                String found = one.path("name").asString("");
                if (found.equals(name) || found.equals("aibom." + name) || found.equals(colons)) {
                    return Json.text(one, "value");
                }
            }
        }
        return null;
    }
}
