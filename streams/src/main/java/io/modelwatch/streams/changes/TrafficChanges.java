package io.modelwatch.streams.changes;

import io.modelwatch.schemas.Canonical;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.ModelNames;
import io.modelwatch.schemas.ReservedSources;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.SourceClaim;
import io.modelwatch.streams.ChangeKinds;
import io.modelwatch.streams.Merged;
import io.modelwatch.streams.TrafficClaims;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What telemetry's changes are beside what the other sources declare: a model that none of them names is undeclared. */
final class TrafficChanges {

    private TrafficChanges() {}

    /**
     * Returns the changes of telemetry's word, with the undeclared among them told as such. Its first word of a deployment, and
     * of a route, says too what is undeclared and what answers with something else: that is no mere sight.
     *
     * @param source the source that spoke; of any other the changes come back as they are
     * @param claims all claims of the deployment, that source's new one among them
     */
    static List<Change> of(String source, List<SourceClaim> claims, List<Change> changes) {
        DeploymentFacts seen = source.equals(ReservedSources.TELEMETRY) ? seen(claims) : null;
        if (seen == null) {
            return changes;
        }
        Set<String> undeclared = TrafficClaims.aligned(Merged.declared(claims), seen).getModels().stream()
                .map(DeployedModel::getRole)
                .filter(TrafficClaims::isUndeclared)
                .map(TrafficChanges::id)
                .collect(Collectors.toSet());
        List<Change> all = new ArrayList<>();
        for (Change change : changes) {
            boolean added = change.getKind() == ChangeKind.COMPONENT_ADDED && undeclared.contains(change.getField());
            all.add(
                    added
                            ? Change.newBuilder(change)
                                    .setKind(ChangeKind.UNDECLARED_MODEL)
                                    .build()
                            : change);
            boolean appeared = change.getKind() == ChangeKind.APPEARED;
            for (DeployedModel model : seen.getModels()) {
                String id = id(model.getRole());
                if (appeared && undeclared.contains(id)) {
                    all.add(first(change, ChangeKind.UNDECLARED_MODEL, id, model.getId()));
                }
                boolean first =
                        appeared || (change.getKind() == ChangeKind.COMPONENT_ADDED && id.equals(change.getField()));
                if (first && rerouted(model)) {
                    String field = ChangeKinds.MODELS + model.getRole() + ".served";
                    all.add(first(change, ChangeKind.ROUTING_CHANGED, field, String.valueOf(model.getServed())));
                }
            }
        }
        return all;
    }

    private static @Nullable DeploymentFacts seen(List<SourceClaim> claims) {
        for (SourceClaim claim : claims) {
            if (TrafficClaims.isOf(claim)) {
                return claim.getDeployment();
            }
        }
        return null;
    }

    private static Change first(Change appeared, ChangeKind kind, String field, String after) {
        return Change.newBuilder(appeared)
                .setId(Ids.change(appeared.getCorrelationId(), field))
                .setKind(kind)
                .setField(field)
                .setAfter(Canonical.json(after))
                .build();
    }

    private static boolean rerouted(DeployedModel model) {
        return ModelNames.rerouted(model.getId(), model.getRequested(), model.getServed(), model.getServedModel());
    }

    private static String id(String role) {
        return ChangeKinds.MODELS + role + ".id";
    }
}
