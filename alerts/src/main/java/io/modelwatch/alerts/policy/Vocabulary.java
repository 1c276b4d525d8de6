package io.modelwatch.alerts.policy;

import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import io.modelwatch.schemas.ModelNames;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.KnownAncestor;
import io.modelwatch.schemas.avro.KnownModel;
import io.modelwatch.schemas.avro.Origin;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.schemas.avro.RunningComponent;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What expressions can speak of. What is absent is an empty text or list, so that no policy fails on it; only {@code before}
 * and {@code after} hold whatever the field held, null where it was not there.
 */
final class Vocabulary {

    static final String PARAMS = "params";

    private static final String MODELS = "models.";

    /** A model that a change concerns. */
    private record Concerned(String id, @Nullable KnownModel known) {}

    private static final Shape<Evidence> EVIDENCE = new Shape<Evidence>("Evidence")
            .with("url", SimpleType.STRING, "address that was read", fact -> text(fact.getUrl()))
            .with("sha256", SimpleType.STRING, "digest of what was read", fact -> text(fact.getSha256()))
            .with("method", SimpleType.STRING, "how it was read or inferred", fact -> text(fact.getMethod()))
            .with("basis", SimpleType.STRING, "of what was inferred: what it rests upon", fact -> text(fact.getBasis()))
            .with(
                    "score",
                    SimpleType.DOUBLE,
                    "of what was inferred: how likely it is, 0 to 1; else 0",
                    fact -> fact.getScore() == null ? 0.0 : fact.getScore());

    private static final Shape<ParentRef> STEP = new Shape<ParentRef>("Step")
            .with("id", SimpleType.STRING, "package URL of the ancestor", ParentRef::getId)
            .with("relation", SimpleType.STRING, "finetune, adapter, quantized, merge …", ParentRef::getRelation);

    private static final Shape<Subject> CHANGE = new Shape<Subject>("Change")
            .with(
                    "id",
                    SimpleType.STRING,
                    "id of the change",
                    subject -> subject.change().getId())
            .with(
                    "kind",
                    SimpleType.STRING,
                    "kind of change, such as MODEL_SWAPPED",
                    subject -> subject.change().getKind().name())
            .with(
                    "field",
                    SimpleType.STRING,
                    "dotted path, such as models.primary.id",
                    subject -> subject.change().getField())
            .with(
                    "role",
                    SimpleType.STRING,
                    "role of the component concerned; empty for hosting",
                    subject -> role(subject.change().getField()))
            .with(
                    "before",
                    SimpleType.DYN,
                    "value before; null where there was none",
                    subject -> JsonValues.of(subject.change().getBefore()))
            .with(
                    "after",
                    SimpleType.DYN,
                    "value after; null where there is none",
                    subject -> JsonValues.of(subject.change().getAfter()))
            .with(
                    "effectiveAt",
                    SimpleType.TIMESTAMP,
                    "when it took effect",
                    subject -> subject.change().getEffectiveAt())
            .with(
                    "observedAt",
                    SimpleType.TIMESTAMP,
                    "when it became known",
                    subject -> subject.change().getObservedAt())
            .with(
                    "late",
                    SimpleType.BOOL,
                    "older than what was known; such a change raises nothing anyway",
                    subject -> subject.change().getLate())
            .with(
                    "baseline",
                    SimpleType.BOOL,
                    "part of the first sighting of its deployment",
                    subject -> subject.tracked().getBaseline())
            .with(
                    "cause",
                    SimpleType.STRING,
                    "id of the change of a model or ancestor that led to it; empty where it is its own cause",
                    subject -> text(subject.change().getCause()))
            .with(
                    "correlationId",
                    SimpleType.STRING,
                    "id of the observation that showed it",
                    subject -> subject.change().getCorrelationId())
            .with(
                    "evidence",
                    EVIDENCE.type(),
                    "what was read",
                    subject -> EVIDENCE.of(
                            subject.change().getEvidence() == null
                                    ? Evidence.newBuilder().build()
                                    : subject.change().getEvidence()))
            .with(
                    "path",
                    ListType.create(STEP.type()),
                    "steps from the model to the ancestor that it comes from; empty where it is the model's own",
                    subject -> list(subject.change().getPath(), STEP));

    private static final Shape<RunningComponent> COMPONENT = new Shape<RunningComponent>("Component")
            .with("role", SimpleType.STRING, "role, unique in the deployment", RunningComponent::getRole)
            .with("model", SimpleType.STRING, "package URL of its model", RunningComponent::getModel)
            .with("revision", SimpleType.STRING, "revision that runs, where known", fact -> text(fact.getRevision()))
            .with("requested", SimpleType.STRING, "name by which callers ask for it", fact -> text(fact.getRequested()))
            .with("served", SimpleType.STRING, "name that answered", fact -> text(fact.getServed()))
            .with(
                    "servedModel",
                    SimpleType.STRING,
                    "package URL of the model that this name stands for; empty where no source says it",
                    fact -> text(fact.getServedModel()))
            .with(
                    "rerouted",
                    SimpleType.BOOL,
                    "whether something else answers than what was asked for; a dated snapshot of it is nothing else",
                    fact -> ModelNames.rerouted(
                            fact.getModel(), fact.getRequested(), fact.getServed(), fact.getServedModel()));

    private static final Shape<Subject> DEPLOYMENT = new Shape<Subject>("Deployment")
            .with(
                    "id",
                    SimpleType.STRING,
                    "name of the deployment",
                    subject -> subject.state().getDeployment())
            .with(
                    "type",
                    SimpleType.STRING,
                    "saas, copilot, api, internal or edge",
                    subject -> text(subject.state().getType()))
            .with(
                    "vendor",
                    SimpleType.STRING,
                    "its vendor",
                    subject -> text(subject.state().getVendor()))
            .with(
                    "owner",
                    SimpleType.STRING,
                    "team that answers for it",
                    subject -> text(subject.state().getOwner()))
            .with(
                    "components",
                    ListType.create(COMPONENT.type()),
                    "all that it runs now",
                    subject -> list(subject.state().getComponents(), COMPONENT));

    private static final Shape<Origin> ORIGIN = new Shape<Origin>("Origin")
            .with("model", SimpleType.STRING, "package URL of the root of the ancestry", Origin::getModel)
            .with(
                    "organization",
                    SimpleType.STRING,
                    "organisation; empty where unresolved",
                    fact -> text(fact.getOrganization()))
            .with(
                    "country",
                    SimpleType.STRING,
                    "ISO 3166-1 alpha-2 code; empty where unresolved",
                    fact -> text(fact.getCountry()));

    private static final Shape<KnownAncestor> ANCESTOR = new Shape<KnownAncestor>("Ancestor")
            .with("id", SimpleType.STRING, "package URL of the ancestor", KnownAncestor::getId)
            .with("relation", SimpleType.STRING, "finetune, adapter, quantized, merge …", KnownAncestor::getRelation)
            .with("depth", SimpleType.INT, "steps away, 1 for a parent", fact -> (long) fact.getDepth())
            .with("license", SimpleType.STRING, "its licence; empty where unknown", fact -> text(fact.getLicense()));

    private static final Shape<Concerned> MODEL = new Shape<Concerned>("Model")
            .with("id", SimpleType.STRING, "package URL of the model", Concerned::id)
            .with(
                    "license",
                    SimpleType.STRING,
                    "its licence; empty where unknown",
                    fact -> fact.known() == null ? "" : text(fact.known().getLicense()))
            .with(
                    "origins",
                    ListType.create(ORIGIN.type()),
                    "where the roots of its ancestry come from",
                    fact -> list(fact.known() == null ? List.of() : fact.known().getOrigins(), ORIGIN))
            .with(
                    "ancestors",
                    ListType.create(ANCESTOR.type()),
                    "known ancestors, nearest first, at most 32, while the deployment runs it",
                    fact -> list(fact.known() == null ? List.of() : fact.known().getAncestors(), ANCESTOR));

    private static final Shape<Hosting> PLACE = new Shape<Hosting>("Place")
            .with("provider", SimpleType.STRING, "provider, such as azure", fact -> text(fact.getProvider()))
            .with("region", SimpleType.STRING, "the provider's name of the region", fact -> text(fact.getRegion()))
            .with("country", SimpleType.STRING, "ISO 3166-1 alpha-2 code", fact -> text(fact.getCountry()));

    private static final Shape<Subject> VERDICT = new Shape<Subject>("Verdict")
            .with(
                    "name",
                    SimpleType.STRING,
                    "UNAPPROVED, EXPIRED, EXHAUSTED or REVOKED",
                    subject -> subject.judgement().verdict().name())
            .with(
                    "by",
                    SimpleType.STRING,
                    "id of the procurement event behind it",
                    subject -> text(subject.judgement().by()))
            .with(
                    "disclosed",
                    SimpleType.BOOL,
                    "whether the vendor had announced it",
                    subject -> subject.judgement().disclosed())
            .with(
                    "nearest",
                    SimpleType.STRING,
                    "id of the event that comes closest to covering it",
                    subject -> text(subject.judgement().nearest()))
            .with(
                    "whyNot",
                    SimpleType.STRING,
                    "why that event does not cover it",
                    subject -> text(subject.judgement().whyNot()));

    /** One variable. */
    record Variable(String name, CelType type, String meaning, Function<Subject, Object> value) {}

    /** Every variable but {@code params}, whose fields are those that the policy files have. */
    static final List<Variable> VARIABLES = List.of(
            new Variable("change", CHANGE.type(), "the change that is a drift", CHANGE::of),
            new Variable("deployment", DEPLOYMENT.type(), "the deployment that it is a change of", DEPLOYMENT::of),
            new Variable(
                    "models",
                    ListType.create(MODEL.type()),
                    "the models concerned: the one that comes in, the one that goes where nothing comes in, all for hosting",
                    Vocabulary::models),
            new Variable(
                    "hosting",
                    ListType.create(PLACE.type()),
                    "where the deployment executes after the change",
                    subject -> list(subject.tracked().getHosting(), PLACE)),
            new Variable("verdict", VERDICT.type(), "what procurement says of the change", VERDICT::of));

    /** Every structured type, in the order of the reference. */
    static final List<Shape<?>> SHAPES =
            List.of(CHANGE, EVIDENCE, STEP, DEPLOYMENT, COMPONENT, MODEL, ORIGIN, ANCESTOR, PLACE, VERDICT);

    private Vocabulary() {}

    /**
     * Returns what expressions see of a change.
     *
     * @param params a value of the shape that {@link #params} gives
     */
    static Map<String, Object> of(Subject subject, Object params) {
        Map<String, Object> values = new HashMap<>();
        VARIABLES.forEach(
                variable -> values.put(variable.name(), variable.value().apply(subject)));
        values.put(PARAMS, params);
        return values;
    }

    /** Returns the shape of the parameters: one field each, of the type of its value. */
    static Shape<Map<String, Object>> params(Map<String, Object> values) {
        Shape<Map<String, Object>> shape = new Shape<>("Params");
        new LinkedHashMap<>(values)
                .forEach(
                        (name, value) -> shape.with(name, typeOf(value), "", given -> given.getOrDefault(name, value)));
        return shape;
    }

    private static CelType typeOf(Object value) {
        return switch (value) {
            case Boolean ignored -> SimpleType.BOOL;
            case Long ignored -> SimpleType.INT;
            case String ignored -> SimpleType.STRING;
            default -> ListType.create(SimpleType.STRING);
        };
    }

    private static Object models(Subject subject) {
        return subject.tracked().getConcerned().stream()
                .map(id ->
                        MODEL.of(new Concerned(id, subject.state().getModels().get(id))))
                .toList();
    }

    private static String role(String field) {
        // A role holds no dot; what follows it may.
        int end = field.indexOf('.', MODELS.length());
        return field.startsWith(MODELS) && end > 0 ? field.substring(MODELS.length(), end) : "";
    }

    private static <T> Object list(List<T> facts, Shape<T> shape) {
        return facts.stream().map(shape::of).toList();
    }

    private static String text(@Nullable String text) {
        return text == null ? "" : text;
    }
}
