package io.modelwatch.streams.inference;

import io.modelwatch.schemas.ReservedSources;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.NamedModel;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.schemas.avro.SourceClaim;
import io.modelwatch.schemas.avro.SubjectFacts;
import io.modelwatch.streams.LineageFacts;
import io.modelwatch.streams.Merged;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What of a model's facts is evidence of where it comes from. */
final class Evident {

    /** GGUF metadata: {@code general.architecture}. */
    static final String ARCHITECTURE = "architecture";
    /** {@code model_type} of config.json. */
    static final String MODEL_TYPE = "model_type";
    /** Number of parameters. */
    static final String PARAMETERS = "parameters";
    /** {@code base_model_name_or_path} of an adapter's configuration. */
    static final String PEFT_BASE = "peft_base_model";
    /** Base model that GGUF metadata name. */
    static final String GGUF_BASE = "gguf_base_model";
    /** {@code _name_or_path} of config.json. */
    static final String NAME_OR_PATH = "name_or_path";
    /** The hub's model that a host serves, by the host's own list (OpenRouter, Groq). */
    static final String HUGGING_FACE_ID = "hugging_face_id";
    /** Page or API of the hub's model that a host serves, by the host's own list (Together). */
    static final String LINK = "link";
    /** Library that loads it. */
    static final String LIBRARY = "library";
    /** Tags that say how it was made: lora, merge, gguf and the like. */
    static final String FORM_TAGS = "form_tags";

    private static final Set<String> READ = Set.of(
            ARCHITECTURE,
            MODEL_TYPE,
            PARAMETERS,
            PEFT_BASE,
            GGUF_BASE,
            NAME_OR_PATH,
            HUGGING_FACE_ID,
            LINK,
            LIBRARY,
            FORM_TAGS);

    private Evident() {}

    /** Returns facts without what was inferred here: a guess is no evidence of itself. */
    static SubjectFacts said(SubjectFacts facts) {
        List<SourceClaim> claims = facts.getClaims().stream()
                .filter(claim -> !claim.getSource().equals(ReservedSources.INFERENCE))
                .toList();
        return SubjectFacts.newBuilder(facts).setClaims(claims).build();
    }

    /** Returns what matters here of what was {@link #said}: id, parents and some attributes; null once it is gone. */
    static @Nullable ModelFacts of(SubjectFacts said) {
        LineageFacts lineage = LineageFacts.of(said);
        ModelFacts model = Merged.model(said);
        if (lineage == null || model == null) {
            return null;
        }
        Map<String, Object> attributes = new HashMap<>();
        model.getAttributes().forEach((name, value) -> {
            if (READ.contains(name) && value.toString().length() <= LineageFacts.MAX_ID) {
                attributes.put(name, value);
            }
        });
        return ModelFacts.newBuilder()
                .setId(said.getSubject())
                .setParents(lineage.parents())
                .setAttributes(attributes)
                .build();
    }

    /** Returns the time of the newest observation behind some facts. */
    static Instant at(SubjectFacts facts, Instant otherwise) {
        Instant newest = null;
        for (SourceClaim claim : facts.getClaims()) {
            newest = newest == null || claim.getObservedAt().isAfter(newest) ? claim.getObservedAt() : newest;
        }
        if (newest == null && !facts.getChanges().isEmpty()) {
            newest = facts.getChanges().getFirst().getObservedAt();
        }
        return newest == null ? otherwise : newest;
    }

    /** Returns the models that some facts show to exist, by id: the model itself and the parents it declares. */
    static Map<String, NamedModel> offers(@Nullable ModelFacts facts) {
        Map<String, NamedModel> offers = new LinkedHashMap<>();
        if (facts != null) {
            for (ParentRef parent : facts.getParents()) {
                offers.put(
                        parent.getId(),
                        NamedModel.newBuilder().setId(parent.getId()).build());
            }
            offers.put(facts.getId(), self(facts));
        }
        return offers;
    }

    private static NamedModel self(ModelFacts facts) {
        return NamedModel.newBuilder()
                .setId(facts.getId())
                .setArchitecture(text(facts, ARCHITECTURE))
                .setModelType(text(facts, MODEL_TYPE))
                .setParameters(number(facts, PARAMETERS))
                .build();
    }

    static @Nullable String text(ModelFacts facts, String attribute) {
        return facts.getAttributes().get(attribute) instanceof String text ? text : null;
    }

    static @Nullable Long number(ModelFacts facts, String attribute) {
        return facts.getAttributes().get(attribute) instanceof Long number ? number : null;
    }

    static List<?> texts(ModelFacts facts, String attribute) {
        return facts.getAttributes().get(attribute) instanceof List<?> texts ? texts : List.of();
    }
}
