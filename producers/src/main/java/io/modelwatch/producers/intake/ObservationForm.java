package io.modelwatch.producers.intake;

import io.modelwatch.producers.http.EvidenceUrl;
import io.modelwatch.producers.publish.FactsLimit;
import io.modelwatch.schemas.Canonical;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.ReservedSources;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ObservationKind;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.schemas.avro.Sweep;
import io.modelwatch.schemas.avro.SweepOutcome;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Lines of observations: models, deployments, sweep markers. */
final class ObservationForm {

    static final List<String> KINDS = List.of("model", "deployment", "sweep");
    static final List<String> CONFIDENCES = List.of("declared", "observed", "inferred", "verified");
    static final List<String> RELATIONS =
            List.of("finetune", "adapter", "quantized", "merge", "distilled", "continued", "unknown");
    static final List<String> TYPES = List.of("saas", "copilot", "api", "internal", "edge");
    static final List<String> OUTCOMES = List.of("complete", "partial", "failed");

    private static final int REMOVAL_SWEEPS = 2;

    /** A role is a part of a dotted path, so it holds no dot; its number is ours to give. */
    private static final Pattern ROLE = Pattern.compile("([^.#\\p{Cntrl}]{1,100})(#[0-9]{1,6})?");

    private ObservationForm() {}

    static @Nullable Observation read(Fields line, Instant latest) {
        if (!line.has("kind")) {
            line.wrong("kind", "required field is missing");
            return null;
        }
        String kind = line.word("kind", KINDS);
        if (kind == null) {
            return null;
        }
        return switch (kind) {
            case "model" -> model(line.as(Form.MODEL_LINE), latest);
            case "deployment" -> deployment(line.as(Form.DEPLOYMENT_LINE), latest);
            default -> sweep(line.as(Form.SWEEP_LINE), latest);
        };
    }

    private static @Nullable Observation model(Fields line, Instant latest) {
        Observation.Builder observation = common(line, latest, Confidence.DECLARED);
        Fields fields = line.object("model", Form.MODEL);
        if (fields == null) {
            return null;
        }
        String id = fields.modelId("id");
        List<ParentRef> parents = new ArrayList<>();
        for (Fields parent : fields.objects("parents", Form.PARENT)) {
            String parentId = parent.modelId("id");
            String relation = parent.word("relation", RELATIONS);
            if (parentId != null && relation != null) {
                parents.add(new ParentRef(parentId, relation));
            }
        }
        ModelFacts.Builder facts = ModelFacts.newBuilder()
                .setId(id == null ? "" : id)
                .setRevision(fields.text("revision"))
                .setAuthor(fields.text("author"))
                .setOwnerId(fields.text("ownerId"))
                .setParents(parents)
                .setLicense(fields.text("license"))
                .setDatasets(Objects.requireNonNullElse(fields.texts("datasets"), List.of()))
                .setAttributes(fields.attributes("attributes"));
        if (observation == null || id == null) {
            return null;
        }
        ModelFacts model = facts.build();
        bounded(line, "model", Canonical.fields(model));
        return identified(observation.setKind(ObservationKind.MODEL).setModel(model), id, Ids.factsDigest(model));
    }

    private static @Nullable Observation deployment(Fields line, Instant latest) {
        Observation.Builder observation = common(line, latest, Confidence.OBSERVED);
        Fields fields = line.object("deployment", Form.DEPLOYMENT);
        if (fields == null) {
            return null;
        }
        String id = fields.deploymentId("id");
        DeploymentFacts.Builder facts = DeploymentFacts.newBuilder()
                .setId(id == null ? "" : id)
                .setType(fields.word("type", TYPES))
                .setVendor(fields.id("vendor"))
                .setOwner(fields.text("owner"))
                .setModels(models(fields))
                .setHosting(hosting(fields))
                .setAttributes(fields.attributes("attributes"));
        if (observation == null || id == null) {
            return null;
        }
        DeploymentFacts deployment = facts.build();
        bounded(line, "deployment", Canonical.fields(deployment));
        return identified(
                observation.setKind(ObservationKind.DEPLOYMENT).setDeployment(deployment),
                id,
                Ids.factsDigest(deployment));
    }

    /** Roles are unique in a deployment: the second model of one role becomes {@code role#2}, in the order given. */
    private static List<DeployedModel> models(Fields deployment) {
        List<DeployedModel> models = new ArrayList<>();
        Map<String, Integer> seen = new HashMap<>();
        for (Fields model : deployment.objects("models", Form.DEPLOYED_MODEL)) {
            String id = model.modelId("id");
            String given = model.text("role");
            String revision = model.text("revision");
            String requested = model.text("requested");
            String served = model.text("served");
            Double weight = model.share("weight");
            if (given == null) {
                continue;
            }
            Matcher role = ROLE.matcher(given);
            if (!role.matches()) {
                model.wrong("role", "must be a short name without '.' and '#', for example primary");
                continue;
            }
            // The number is dropped and counted anew, so that a form that we wrote comes back as it was.
            String name = role.group(1);
            if (name.startsWith(ReservedSources.TRAFFIC_ROLE)) {
                model.wrong("role", "must not begin with " + ReservedSources.TRAFFIC_ROLE + ": that is for telemetry");
                continue;
            }
            int count = seen.merge(name, 1, Integer::sum);
            if (id != null) {
                models.add(DeployedModel.newBuilder()
                        .setId(id)
                        .setRevision(revision)
                        .setRole(count == 1 ? name : name + "#" + count)
                        .setRequested(requested)
                        .setServed(served)
                        .setWeight(weight)
                        .build());
            }
        }
        return models;
    }

    private static List<Hosting> hosting(Fields deployment) {
        List<Hosting> hosting = new ArrayList<>();
        for (Fields place : deployment.objects("hosting", Form.HOSTING)) {
            if (Form.HOSTING.fields().stream().noneMatch(place::has)) {
                place.wrong("", "says nothing: give provider, region or country");
            }
            hosting.add(new Hosting(place.text("provider"), place.text("region"), place.country("country")));
        }
        return hosting;
    }

    private static @Nullable Observation sweep(Fields line, Instant latest) {
        String source = source(line);
        String scope = line.id("scope");
        Instant startedAt = line.past("startedAt", latest);
        Instant completedAt = line.past("completedAt", latest);
        String outcome = line.word("outcome", OUTCOMES);
        String error = line.text("error");
        int removalSweeps = line.positive("removalSweeps", REMOVAL_SWEEPS);
        if (source == null || startedAt == null || completedAt == null || outcome == null) {
            return null;
        }
        if (completedAt.isBefore(startedAt)) {
            line.wrong("completedAt", "lies before startedAt");
            return null;
        }
        String content = Ids.digest("sweep", startedAt.toString(), outcome);
        return Observation.newBuilder()
                .setId(Ids.observation(source, scope, source, completedAt, content))
                .setKind(ObservationKind.SWEEP)
                .setSource(source)
                .setScope(scope)
                .setSubject(source)
                .setObservedAt(completedAt)
                .setConfidence(Confidence.OBSERVED)
                .setSweep(new Sweep(
                        startedAt,
                        completedAt,
                        SweepOutcome.valueOf(outcome.toUpperCase(Locale.ROOT)),
                        error,
                        removalSweeps))
                .build();
    }

    /** Nobody may speak in a name under which modelwatch itself does. */
    private static @Nullable String source(Fields line) {
        String source = line.id("source");
        if (source != null && ReservedSources.contains(source)) {
            line.wrong("source", "is a name under which modelwatch itself speaks: give another");
            return null;
        }
        return source;
    }

    /** Reads what models and deployments share; null where something required is wrong. */
    private static Observation.@Nullable Builder common(Fields line, Instant latest, Confidence absent) {
        String source = source(line);
        String scope = line.id("scope");
        Instant observedAt = line.past("observedAt", latest);
        Instant effectiveAt = line.past("effectiveAt", latest);
        String confidence = line.word("confidence", CONFIDENCES);
        Evidence evidence = evidence(line);
        if (source == null || observedAt == null) {
            return null;
        }
        return Observation.newBuilder()
                .setSource(source)
                .setScope(scope)
                .setObservedAt(observedAt)
                .setEffectiveAt(effectiveAt)
                .setConfidence(confidence == null ? absent : Confidence.valueOf(confidence.toUpperCase(Locale.ROOT)))
                .setEvidence(evidence);
    }

    /** Reads what something was read from; null where the line says nothing of it. */
    static @Nullable Evidence evidence(Fields line) {
        Fields fields = line.object("evidence", Form.EVIDENCE);
        if (fields == null) {
            return null;
        }
        String url = fields.text("url");
        if (url != null && hasCredentials(url)) {
            fields.wrong("url", "must not hold credentials");
        }
        return Evidence.newBuilder()
                .setUrl(url == null ? null : EvidenceUrl.of(url))
                .setSha256(fields.text("sha256"))
                .setMethod(fields.text("method"))
                .build();
    }

    private static boolean hasCredentials(String url) {
        try {
            return new URI(url).getRawUserInfo() != null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /** A record that no topic takes would hold up all that is handed in with it. */
    private static void bounded(Fields line, String name, SortedMap<String, Object> fields) {
        if (!FactsLimit.holds(fields)) {
            line.wrong(name, "holds more than " + FactsLimit.MAX_CHARACTERS + " characters of facts");
        }
    }

    private static Observation identified(Observation.Builder observation, String subject, String digest) {
        Instant effectiveAt = observation.getEffectiveAt();
        Instant effective = effectiveAt == null ? observation.getObservedAt() : effectiveAt;
        return observation
                .setSubject(subject)
                .setFactsDigest(digest)
                .setId(Ids.observation(observation.getSource(), observation.getScope(), subject, effective, digest))
                .build();
    }
}
