package io.modelwatch.producers.source;

import io.modelwatch.schemas.AvroTrust;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.Hosting;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What no runtime, gateway or cluster can know of itself and the settings say instead: whose a deployment is, and where
 * it runs.
 *
 * @param type kind of deployment
 * @param vendor who sells it, or null
 * @param owner team that answers for it, or null
 * @param provider who owns the machines, or null
 * @param region the provider's name for the region, or null
 * @param country ISO 3166 code, or null
 */
public record Place(
        String type,
        @Nullable String vendor,
        @Nullable String owner,
        @Nullable String provider,
        @Nullable String region,
        @Nullable String country) {

    static {
        // Every source of deployments begins here, and the first of them may come before anything else is read.
        AvroTrust.establish();
    }

    /** Legal keys. */
    public static final Set<String> KEYS = Set.of("deploymentType", "vendor", "owner", "provider", "region", "country");

    private static final List<String> TYPES = List.of("saas", "copilot", "api", "internal", "edge");
    private static final Set<String> COUNTRIES = Set.of(Locale.getISOCountries());

    /** A company's own machines, of which nothing else is known. */
    public static final Place UNKNOWN = new Place("internal", null, null, null, null, null);

    /** Checks type and country. */
    public Place {
        if (!TYPES.contains(type)) {
            throw new IllegalArgumentException("deploymentType must be one of " + String.join(", ", TYPES));
        }
        if (country != null && !COUNTRIES.contains(country)) {
            throw new IllegalArgumentException(
                    "country must be an ISO 3166 code of two capital letters, for example NL, not '" + country + "'");
        }
    }

    /**
     * Reads the settings.
     *
     * @param otherwise what holds where a setting is absent
     */
    public static Place of(Settings settings, Place otherwise) {
        return new Place(
                or(settings.text("deploymentType"), otherwise.type),
                orNull(settings.text("vendor"), otherwise.vendor),
                orNull(settings.text("owner"), otherwise.owner),
                orNull(settings.text("provider"), otherwise.provider),
                orNull(settings.text("region"), otherwise.region),
                orNull(settings.text("country"), otherwise.country));
    }

    /** Returns the facts of a deployment as far as they are said here. */
    public DeploymentFacts.Builder facts(String deployment) {
        boolean known = provider != null || region != null || country != null;
        return DeploymentFacts.newBuilder()
                .setId(deployment)
                .setType(type)
                .setVendor(vendor)
                .setOwner(owner)
                .setHosting(known ? List.of(new Hosting(provider, region, country)) : List.of());
    }

    /**
     * Returns a name if it can be that of a deployment.
     *
     * @throws IllegalArgumentException if it cannot; the message says what is legal
     */
    public static String deployment(String name) {
        boolean legal = !name.isBlank()
                && name.equals(name.strip())
                && name.length() <= 300
                && name.equals(Bounded.text(name))
                && name.chars().noneMatch(Character::isISOControl)
                && !name.regionMatches(true, 0, "pkg:", 0, 4);
        if (!legal) {
            throw new IllegalArgumentException(
                    "the name of a deployment has 1 to 300 printable characters and does not start with pkg:");
        }
        return name;
    }

    /**
     * Returns a copy of what things are called in the company, by their own names.
     *
     * @param key the setting, for errors
     * @throws IllegalArgumentException if one can be no name of a deployment, or two have the same
     */
    public static Map<String, String> deployments(String key, Map<String, String> names) {
        names.values().forEach(name -> {
            var checked = deployment(name);
        });
        if (Set.copyOf(names.values()).size() < names.size()) {
            throw new IllegalArgumentException(key + ": each needs a deployment of its own");
        }
        return Map.copyOf(names);
    }

    private static String or(@Nullable String given, String otherwise) {
        return given == null ? otherwise : given;
    }

    private static @Nullable String orNull(@Nullable String given, @Nullable String otherwise) {
        return given == null ? otherwise : given;
    }
}
