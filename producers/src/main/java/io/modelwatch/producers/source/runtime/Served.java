package io.modelwatch.producers.source.runtime;

import io.modelwatch.schemas.avro.Evidence;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a server says that it serves.
 *
 * @param models in a stable order
 * @param attributes of the server as a whole
 * @param evidence of its main answer
 * @param unsettled why this is no state to tell of (a model is just being loaded); null where it is one
 */
record Served(
        List<Model> models,
        Map<String, Object> attributes,
        Evidence evidence,
        @Nullable String unsettled) {

    /** Copies what is given. */
    Served {
        models = List.copyOf(models);
        attributes = Map.copyOf(attributes);
    }

    /** A settled state. */
    Served(List<Model> models, Map<String, Object> attributes, Evidence evidence) {
        this(models, attributes, evidence, null);
    }

    /**
     * One model of a server.
     *
     * @param role its role in the deployment, before it is made fit
     * @param words the server's own words about the weights
     * @param id package URL where the server's kind says it for sure (Ollama); else null, and {@code words} are read
     * @param revision commit, digest or version, or null where the server does not tell
     * @param requested name by which callers ask for it
     * @param parent role of the model that it adapts, or null
     * @param declaredParents package URLs of the models that its file names as its base
     * @param attributes compared, under its role
     */
    record Model(
            String role,
            String words,
            @Nullable String id,
            @Nullable String revision,
            String requested,
            @Nullable String parent,
            List<String> declaredParents,
            Map<String, Object> attributes) {

        /** Copies what is given. */
        Model {
            declaredParents = List.copyOf(declaredParents);
            attributes = Map.copyOf(attributes);
        }

        /** A model of which no ancestry is told. */
        Model(String role, String words, @Nullable String revision, String requested, Map<String, Object> attributes) {
            this(role, words, null, revision, requested, null, List.of(), attributes);
        }
    }
}
