package io.modelwatch.streams.mbom;

import io.modelwatch.schemas.Canonical;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.Ancestor;
import io.modelwatch.schemas.avro.Claim;
import io.modelwatch.schemas.avro.Component;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.schemas.avro.SourceClaim;
import io.modelwatch.schemas.avro.SubjectFacts;
import io.modelwatch.streams.Ancestors;
import io.modelwatch.streams.ChangeKinds;
import io.modelwatch.streams.Merged;
import io.modelwatch.streams.OriginTable;
import io.modelwatch.streams.TrafficClaims;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Composes an MBOM from what is known of a deployment and of its models: a pure function. */
final class MbomComposer {

    /** Most characters in the paths of all components: keeps a document far below the broker's message limit. */
    private static final int MAX_PATH_TEXT = 192 * 1024;

    /** About what a step takes beside the id. */
    private static final int STEP_TEXT = 16;

    private static final List<String> MODEL_CLAIMS = List.of("license", "datasets", "parents");

    private final OriginTable origins;

    MbomComposer(OriginTable origins) {
        this.origins = origins;
    }

    /**
     * Returns the document without revision, times and changes.
     *
     * @param models what is known of each of its models, by id
     * @param lineages the resolved ancestry of each, by id
     */
    Mbom compose(
            String name,
            @Nullable SubjectFacts facts,
            Function<String, @Nullable SubjectFacts> models,
            Function<String, @Nullable Lineage> lineages) {
        DeploymentFacts deployment = Merged.deployment(facts);
        Mbom.Builder mbom = Mbom.newBuilder()
                .setDeployment(name)
                .setSerialNumber(Ids.serialNumber(name))
                .setRevision(0)
                .setAt(Instant.EPOCH)
                .setCorrelationId("");
        if (deployment == null || facts == null) {
            return mbom.setRemoved(true).build();
        }
        List<Component> components = new ArrayList<>();
        List<Claim> claims = new ArrayList<>();
        claims(
                claims,
                "",
                facts,
                claim -> claim.getDeployment() == null || TrafficClaims.isOf(claim)
                        ? Map.of()
                        : Canonical.fields(claim.getDeployment()));
        DeploymentFacts declared = Merged.declared(facts.getClaims());
        facts.getClaims().stream()
                .filter(TrafficClaims::isOf)
                .forEach(claim -> claims.addAll(ServedClaims.of(claim, declared)));
        for (DeployedModel model : deployment.getModels()) {
            SubjectFacts known = models.apply(model.getId());
            Lineage lineage = lineages.apply(model.getId());
            int text = MAX_PATH_TEXT / deployment.getModels().size();
            components.add(component(model, known, lineage, text));
            modelClaims(claims, ChangeKinds.MODELS + model.getRole() + ".", known);
            if (lineage != null && lineage.getKnown()) {
                claims.add(origin(ChangeKinds.MODELS + model.getRole() + ".origins", lineage));
            }
        }
        return mbom.setType(deployment.getType())
                .setVendor(deployment.getVendor())
                .setOwner(deployment.getOwner())
                .setComponents(components)
                .setHosting(deployment.getHosting())
                .setClaims(claims)
                .build();
    }

    /** Returns the fields in which two documents differ; what differs in time of reading only is no difference. */
    static List<String> changed(@Nullable Mbom before, Mbom after) {
        Map<String, String> was = before == null ? Map.of() : content(before);
        Map<String, String> is = content(after);
        SortedSet<String> fields = new TreeSet<>(was.keySet());
        fields.addAll(is.keySet());
        fields.removeIf(field -> Objects.equals(was.get(field), is.get(field)));
        return List.copyOf(fields);
    }

    private static Map<String, String> content(Mbom mbom) {
        Map<String, String> content = new LinkedHashMap<>();
        content.put("removed", String.valueOf(mbom.getRemoved()));
        for (Component component : mbom.getComponents()) {
            String path = ChangeKinds.MODELS + component.getRole();
            content.put(path + ".ancestry", component.getAncestry().toString());
            content.put(
                    path,
                    Component.newBuilder(component)
                            .setAncestry(List.of())
                            .build()
                            .toString());
        }
        for (Claim claim : mbom.getClaims()) {
            // Two sources may speak of one field: both words count.
            content.merge(
                    claim.getField(),
                    claim.getSource() + " " + claim.getConfidence() + " " + claim.getValue(),
                    (one, other) -> one + "\n" + other);
        }
        return content;
    }

    private Component component(
            DeployedModel model, @Nullable SubjectFacts known, @Nullable Lineage lineage, int text) {
        ModelFacts facts = Merged.model(known);
        Component.Builder component = Component.newBuilder()
                .setRole(model.getRole())
                .setModel(model.getId())
                .setRevision(model.getRevision())
                .setRequested(model.getRequested())
                .setServed(model.getServed())
                .setServedModel(model.getServedModel())
                .setWeight(model.getWeight())
                .setKnown(facts != null);
        if (facts == null || lineage == null) {
            return component.setOrigins(List.of(origins.of(model.getId()))).build();
        }
        if (model.getRevision() == null) {
            component.setRevision(facts.getRevision());
        }
        List<Ancestor> ancestry = fitting(lineage.getAncestry(), text);
        return component
                .setLicense(facts.getLicense())
                .setDatasets(facts.getDatasets())
                .setAncestry(ancestry)
                .setTruncated(lineage.getTruncated()
                        || ancestry.size() < lineage.getAncestry().size())
                .setOrigins(lineage.getOrigins())
                .build();
    }

    private static List<Ancestor> fitting(List<Ancestor> ancestry, int most) {
        int text = 0;
        for (int i = 0; i < ancestry.size(); i++) {
            for (ParentRef step : ancestry.get(i).getPath()) {
                text += step.getId().length() + STEP_TEXT;
            }
            if (text > most) {
                return ancestry.subList(0, i);
            }
        }
        return ancestry;
    }

    /** Where the roots come from: worth as much as the weakest path to one of them. */
    private static Claim origin(String field, Lineage lineage) {
        List<String> countries = Ancestors.countries(lineage);
        Confidence weakest = countries.contains(Ancestors.UNRESOLVED) ? Confidence.UNRESOLVED : Confidence.DECLARED;
        for (Ancestor ancestor : lineage.getAncestry()) {
            if (ancestor.getRoot() && weakest != Confidence.UNRESOLVED) {
                weakest = ancestor.getConfidence() == Confidence.INFERRED
                                || ancestor.getConfidence() == Confidence.UNRESOLVED
                        ? ancestor.getConfidence()
                        : weakest;
            }
        }
        return Claim.newBuilder()
                .setField(field)
                .setValue(Canonical.json(countries))
                .setConfidence(weakest)
                .setSource("modelwatch")
                .build();
    }

    private static void modelClaims(List<Claim> claims, String path, @Nullable SubjectFacts known) {
        if (known != null) {
            claims(claims, path, known, claim -> {
                Map<String, Object> fields = new LinkedHashMap<>(Merged.fields(claim.getModel()));
                fields.keySet().retainAll(MODEL_CLAIMS);
                return fields;
            });
        }
        String license = path + "license";
        if (claims.stream().noneMatch(claim -> claim.getField().equals(license))) {
            claims.add(Claim.newBuilder()
                    .setField(license)
                    .setConfidence(Confidence.UNRESOLVED)
                    .build());
        }
    }

    private static void claims(
            List<Claim> claims, String path, SubjectFacts facts, Function<SourceClaim, Map<String, Object>> fields) {
        for (SourceClaim source : facts.getClaims()) {
            fields.apply(source)
                    .forEach((field, value) -> claims.add(Claim.newBuilder()
                            .setField(path + field)
                            .setValue(Canonical.json(value))
                            .setConfidence(source.getConfidence())
                            .setSource(source.getSource())
                            .setObservedAt(source.getObservedAt())
                            .setEvidence(source.getEvidence())
                            .build()));
        }
    }
}
