package io.modelwatch.producers.source.runtime;

import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.DeploymentReading;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.producers.source.Pages;
import io.modelwatch.producers.source.Reading;
import io.modelwatch.producers.source.Roles;
import io.modelwatch.producers.source.Source;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.producers.source.Weights;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.ParentRef;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Model servers, each a scope of its own: one that does not answer blinds for itself alone. */
public final class RuntimeSource implements Source {

    /** A server of more is no server of models. */
    private static final int MAX_MODELS = 1000;

    private final RuntimeConfig config;
    private final HttpFetcher http;
    private final Map<String, RuntimeConfig.Endpoint> endpoints = new LinkedHashMap<>();

    /** @param http what it reads with */
    public RuntimeSource(RuntimeConfig config, HttpFetcher http) {
        this.config = config;
        this.http = http;
        config.endpoints().forEach(endpoint -> endpoints.put(endpoint.deployment(), endpoint));
    }

    @Override
    public List<String> scopes() {
        return List.copyOf(endpoints.keySet());
    }

    @Override
    public @Nullable String sweep(String scope, Pages pages) throws SourceException, InterruptedException {
        RuntimeConfig.Endpoint endpoint = endpoints.get(scope);
        if (endpoint == null) {
            throw new IllegalArgumentException("no scope " + scope);
        }
        Asking asking = new Asking(http, endpoint);
        Runtime runtime = endpoint.runtime() != null ? endpoint.runtime() : Runtime.recognise(asking);
        Served served = runtime.read(asking);
        if (served.unsettled() != null) {
            return "nothing is told of it: " + served.unsettled();
        }
        if (served.models().isEmpty()) {
            return "it serves no model: nothing counts as removed by that";
        }
        if (served.models().size() > MAX_MODELS) {
            throw new SourceException("more than " + MAX_MODELS + " models from " + asking.place());
        }
        pages.page(readings(endpoint, runtime, served), null);
        return null;
    }

    private List<Reading> readings(RuntimeConfig.Endpoint endpoint, Runtime runtime, Served served)
            throws SourceException {
        Map<String, Object> attributes = new HashMap<>(served.attributes());
        attributes.put("runtime", runtime.title());
        List<DeployedModel> models = new ArrayList<>();
        Map<String, String> idOfRole = new HashMap<>();
        TreeSet<String> unresolved = new TreeSet<>();
        Map<String, Reading> readings = new LinkedHashMap<>();
        Roles roles = new Roles();
        for (Served.Model model : served.models()) {
            Weights weights = weights(endpoint, model);
            String role = roles.of(model.role());
            idOfRole.put(model.role(), weights.id());
            models.add(DeployedModel.newBuilder()
                    .setId(weights.id())
                    .setRevision(model.revision() == null ? weights.revision() : model.revision())
                    .setRole(role)
                    .setRequested(model.requested())
                    .build());
            if (!weights.resolved()) {
                unresolved.add(role + " (" + Weights.withoutAccount(model.words()) + ")");
            }
            model.attributes().forEach((name, value) -> attributes.put(role + "." + name, value));
            List<ParentRef> parents = parents(model, idOfRole);
            if (!parents.isEmpty()) {
                ModelFacts facts = ModelFacts.newBuilder()
                        .setId(weights.id())
                        .setRevision(model.revision())
                        .setParents(parents)
                        .build();
                readings.put(weights.id(), new ModelReading(facts, null, served.evidence()));
            }
        }
        if (!unresolved.isEmpty()) {
            attributes.put("unresolved", List.copyOf(unresolved));
        }
        List<Reading> all = new ArrayList<>();
        all.add(new DeploymentReading(
                endpoint.place()
                        .facts(endpoint.deployment())
                        .setModels(models)
                        .setAttributes(attributes)
                        .build(),
                null,
                served.evidence(),
                Confidence.OBSERVED));
        all.addAll(readings.values());
        return all;
    }

    private Weights weights(RuntimeConfig.Endpoint endpoint, Served.Model model) throws SourceException {
        if (model.id() != null && !config.models().containsKey(model.words())) {
            return new Weights(model.id(), null, true);
        }
        Weights weights = Weights.of(model.words(), endpoint.deployment(), config.models());
        if (weights == null) {
            throw new SourceException("a model whose name cannot be one (control characters, or too long)");
        }
        return weights;
    }

    /** An adapter is told of with the model that it adapts: nobody else may know of it. */
    private static List<ParentRef> parents(Served.Model model, Map<String, String> idOfRole) {
        List<ParentRef> parents = new ArrayList<>();
        String base = model.parent() == null ? null : idOfRole.get(model.parent());
        if (base != null) {
            parents.add(new ParentRef(base, "adapter"));
        }
        // What a file names as its base it was made from; how is not said.
        model.declaredParents().forEach(parent -> parents.add(new ParentRef(parent, "unknown")));
        return parents;
    }
}
