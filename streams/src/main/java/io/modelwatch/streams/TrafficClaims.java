package io.modelwatch.streams;

import io.modelwatch.schemas.ModelNames;
import io.modelwatch.schemas.ReservedSources;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.SourceClaim;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How what telemetry saw of a deployment stands beside what its sources declare: it says which name answered, and adds what
 * nobody declared; what is declared it never replaces (docs/adr/0012).
 */
public final class TrafficClaims {

    /** A role of what nobody declares. */
    private static final String UNDECLARED = ReservedSources.TRAFFIC_ROLE;

    private TrafficClaims() {}

    /** Returns whether a claim about a deployment is telemetry's. */
    public static boolean isOf(SourceClaim claim) {
        return claim.getSource().equals(ReservedSources.TELEMETRY) && claim.getDeployment() != null;
    }

    /** Returns whether a role is that of a model which only traffic shows. */
    public static boolean isUndeclared(String role) {
        return role.startsWith(UNDECLARED);
    }

    /**
     * Returns telemetry's facts in the roles of the declared components that they speak of. A model that speaks of none keeps
     * its own role: it is undeclared. Of several that speak of one component, one that answered with something else counts
     * before one that did not.
     *
     * @param declared what the other sources say, merged; null where none speaks of the deployment
     */
    public static DeploymentFacts aligned(@Nullable DeploymentFacts declared, DeploymentFacts traffic) {
        if (declared == null) {
            return traffic;
        }
        Map<String, DeployedModel> spoken = new LinkedHashMap<>();
        List<DeployedModel> undeclared = new ArrayList<>();
        for (DeployedModel seen : traffic.getModels()) {
            DeployedModel meant = meant(declared.getModels(), seen);
            if (meant == null) {
                undeclared.add(seen);
                continue;
            }
            DeployedModel one = DeployedModel.newBuilder(seen)
                    .setRole(meant.getRole())
                    .setServedModel(servedModel(meant, seen))
                    .build();
            spoken.merge(
                    meant.getRole(),
                    one,
                    (first, next) -> !rerouted(meant, first) && rerouted(meant, next) ? next : first);
        }
        List<DeployedModel> models = new ArrayList<>(spoken.values());
        models.addAll(undeclared);
        return DeploymentFacts.newBuilder(traffic).setModels(models).build();
    }

    /** Returns what is declared with what telemetry, aligned, adds. */
    static DeploymentFacts over(DeploymentFacts declared, DeploymentFacts aligned) {
        Map<String, DeployedModel> byRole = new HashMap<>();
        aligned.getModels().forEach(model -> byRole.put(model.getRole(), model));
        List<DeployedModel> models = new ArrayList<>();
        for (DeployedModel model : declared.getModels()) {
            DeployedModel seen = byRole.remove(model.getRole());
            models.add(seen == null ? model : with(model, seen));
        }
        aligned.getModels().stream()
                .filter(model -> byRole.containsKey(model.getRole()))
                .forEach(models::add);
        List<Hosting> hosting = new ArrayList<>(declared.getHosting());
        hosting.addAll(elsewhere(declared.getHosting(), aligned.getHosting()));
        return DeploymentFacts.newBuilder(declared)
                .setModels(models)
                .setHosting(hosting)
                .build();
    }

    /** Returns the places that traffic shows and no declared one covers: one without a region covers its country. */
    public static List<Hosting> elsewhere(List<Hosting> declared, List<Hosting> seen) {
        return seen.stream()
                .filter(place -> declared.stream().noneMatch(known -> covers(known, place)))
                .toList();
    }

    private static boolean covers(Hosting known, Hosting place) {
        boolean provider = known.getProvider() == null
                || place.getProvider() == null
                || known.getProvider().equalsIgnoreCase(place.getProvider());
        if (!provider) {
            return false;
        }
        if (known.getRegion() != null && place.getRegion() != null) {
            return known.getRegion().equalsIgnoreCase(place.getRegion());
        }
        return known.getCountry() == null || known.getCountry().equals(place.getCountry());
    }

    private static DeployedModel with(DeployedModel declared, DeployedModel seen) {
        DeployedModel.Builder model = DeployedModel.newBuilder(declared);
        if (declared.getRequested() == null) {
            model.setRequested(seen.getRequested());
        }
        if (seen.getServed() != null) {
            model.setServed(seen.getServed()).setServedModel(seen.getServedModel());
        }
        return model.build();
    }

    private static boolean rerouted(DeployedModel declared, DeployedModel seen) {
        return ModelNames.rerouted(declared.getId(), seen.getRequested(), seen.getServed(), seen.getServedModel());
    }

    /** What answered, in the words of the declaration where it is the model that was meant. */
    private static @Nullable String servedModel(DeployedModel declared, DeployedModel seen) {
        String served = seen.getServedModel();
        boolean meant = served != null
                && (served.equals(seen.getId())
                        || (seen.getServed() != null && ModelNames.answers(name(declared.getId()), seen.getServed())));
        return meant ? declared.getId() : served;
    }

    /** The declared component that a seen model is: by the name that is asked for, by its id, by its name, by what answered. */
    private static @Nullable DeployedModel meant(List<DeployedModel> declared, DeployedModel seen) {
        String asked = seen.getRequested() == null ? seen.getServed() : seen.getRequested();
        for (DeployedModel one : declared) {
            if (asked != null && asked.equalsIgnoreCase(one.getRequested())) {
                return one;
            }
        }
        for (DeployedModel one : declared) {
            if (one.getId().equals(seen.getId())) {
                return one;
            }
        }
        for (DeployedModel one : declared) {
            if (asked != null && (answers(one.getRequested(), asked) || answers(name(one.getId()), asked))) {
                return one;
            }
        }
        for (DeployedModel one : declared) {
            if (one.getId().equals(seen.getServedModel())
                    || (seen.getServed() != null && answers(name(one.getId()), seen.getServed()))) {
                return one;
            }
        }
        return null;
    }

    private static boolean answers(@Nullable String requested, String served) {
        return requested != null && ModelNames.answers(requested, served);
    }

    private static String name(String id) {
        String last = id.substring(id.lastIndexOf('/') + 1);
        try {
            return URLDecoder.decode(last.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return last;
        }
    }
}
