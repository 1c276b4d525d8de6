package io.modelwatch.streams.changes;

import io.modelwatch.schemas.Canonical;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.SourceClaim;
import io.modelwatch.streams.TrafficClaims;
import io.modelwatch.streams.inference.Inference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Two sources that say different things of one subject: two claims side by side, and a change that says so. */
final class Disagreements {

    /** Fields in which sources can be held against each other; attributes mean what each source likes. */
    private static final Set<String> COMPARED =
            Set.of("revision", "ownerId", "parents", "license", "datasets", "hosting", "vendor", "owner");

    private static final String PARENTS = "parents";
    private static final String HOSTING = "hosting";

    private Disagreements() {}

    /**
     * Returns one change a field in which a source has just come to disagree with another.
     *
     * @param source the source that spoke
     * @param claims all claims of the subject, that source's new one among them
     * @param changes what changed in that source's word
     */
    static List<Change> arisen(String source, List<SourceClaim> claims, List<Change> changes) {
        if (claims.size() < 2 || changes.isEmpty()) {
            return List.of();
        }
        SourceClaim own = null;
        for (SourceClaim claim : claims) {
            if (claim.getSource().equals(source)) {
                own = claim;
            }
        }
        if (own == null) {
            return List.of();
        }
        SortedMap<String, Object> ours = fields(own);
        List<Change> arisen = new ArrayList<>();
        for (Map.Entry<String, Object> said : ours.entrySet()) {
            String field = said.getKey();
            Change moved = moved(field, changes);
            if (moved == null || !(COMPARED.contains(field) || field.startsWith("models."))) {
                continue;
            }
            for (SourceClaim other : claims) {
                Object theirs = fields(other).get(field);
                if (other.getSource().equals(source)
                        || theirs == null
                        || theirs.equals(said.getValue())
                        || (field.equals(PARENTS) && reconciled(own, other))
                        || (field.equals(HOSTING) && covered(own, other))) {
                    continue;
                }
                arisen.add(Change.newBuilder(moved)
                        .setId(Ids.digest("disagree", moved.getCorrelationId(), field, other.getSource()))
                        .setKind(ChangeKind.CLAIMS_DISAGREE)
                        .setField(field)
                        .setBefore(Canonical.json(theirs))
                        .setAfter(Canonical.json(said.getValue()))
                        .setCause(moved.getId())
                        .build());
                break;
            }
        }
        return arisen;
    }

    /** Telemetry sees regions of what is declared as a country, and only some of the places. */
    private static boolean covered(SourceClaim one, SourceClaim other) {
        if (TrafficClaims.isOf(other)) {
            return covered(other, one);
        }
        return TrafficClaims.isOf(one)
                && one.getDeployment() != null
                && other.getDeployment() != null
                && TrafficClaims.elsewhere(
                                other.getDeployment().getHosting(),
                                one.getDeployment().getHosting())
                        .isEmpty();
    }

    /** Is one of them a guess that fits the other's word, or too weak a one to be held against it? */
    private static boolean reconciled(SourceClaim one, SourceClaim other) {
        if (one.getConfidence() == other.getConfidence()) {
            return false;
        }
        if (other.getConfidence() == Confidence.INFERRED) {
            return reconciled(other, one);
        }
        if (one.getConfidence() != Confidence.INFERRED || one.getModel() == null || other.getModel() == null) {
            return false;
        }
        Evidence evidence = one.getEvidence();
        Double score = evidence == null ? null : evidence.getScore();
        return (score != null && score < Inference.AGAINST_DECLARED)
                || one.getModel().getParents().stream()
                        .allMatch(parent -> Inference.agree(other.getModel().getParents(), parent.getId()));
    }

    /** The change that brought the field: its own, or the first sight of the whole subject. */
    private static @Nullable Change moved(String field, List<Change> changes) {
        for (Change change : changes) {
            if (change.getKind() == ChangeKind.APPEARED || field.equals(change.getField())) {
                return change;
            }
        }
        return null;
    }

    private static SortedMap<String, Object> fields(SourceClaim claim) {
        if (claim.getModel() != null) {
            return Canonical.fields(claim.getModel());
        }
        return claim.getDeployment() == null ? new TreeMap<>() : Canonical.fields(claim.getDeployment());
    }
}
