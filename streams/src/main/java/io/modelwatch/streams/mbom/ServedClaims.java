package io.modelwatch.streams.mbom;

import io.modelwatch.schemas.AliasRule;
import io.modelwatch.schemas.Canonical;
import io.modelwatch.schemas.avro.Claim;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.SourceClaim;
import io.modelwatch.streams.ChangeKinds;
import io.modelwatch.streams.TrafficClaims;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What telemetry claims of a deployment: the name that was asked for and the name that answered were seen, the models that
 * they stand for follow from a rule. Each is a claim of its own.
 */
final class ServedClaims {

    private final SourceClaim source;
    private final List<Claim> claims = new ArrayList<>();

    private ServedClaims(SourceClaim source) {
        this.source = source;
    }

    /** @param declared what the other sources say; null where none does */
    static List<Claim> of(SourceClaim source, @Nullable DeploymentFacts declared) {
        ServedClaims all = new ServedClaims(source);
        DeploymentFacts aligned = TrafficClaims.aligned(
                declared, Objects.requireNonNull(source.getDeployment(), "checked by the caller"));
        for (DeployedModel model : aligned.getModels()) {
            String path = ChangeKinds.MODELS + model.getRole() + ".";
            all.add(path + "requested", model.getRequested(), null);
            all.add(path + "id", model.getId(), model.getRule());
            all.add(path + "served", model.getServed(), null);
            all.add(path + "servedModel", model.getServedModel(), model.getServedRule());
        }
        Canonical.fields(
                        DeploymentFacts.newBuilder(aligned).setModels(List.of()).build())
                .forEach((field, value) -> all.add(field, value, null));
        return all.claims;
    }

    /** @param rule by which the value came to be; null where it was seen */
    private void add(String field, @Nullable Object value, @Nullable String rule) {
        if (value == null) {
            return;
        }
        Evidence evidence = source.getEvidence();
        claims.add(Claim.newBuilder()
                .setField(field)
                .setValue(Canonical.json(value))
                .setConfidence(
                        rule == null ? Confidence.OBSERVED : AliasRule.of(rule).confidence())
                .setSource(source.getSource())
                .setObservedAt(source.getObservedAt())
                .setEvidence(
                        rule == null
                                ? evidence
                                : Evidence.newBuilder()
                                        .setMethod("alias")
                                        .setBasis("rule " + rule)
                                        .build())
                .build());
    }
}
