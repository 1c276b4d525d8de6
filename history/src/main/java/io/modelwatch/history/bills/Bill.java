package io.modelwatch.history.bills;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One revision of an MBOM as its JSON form has it, to be written in another format. Lists are as long as that form has
 * them; writers bound what they take.
 *
 * @param serialNumber urn:uuid, fixed for the deployment
 * @param revision from 1
 * @param at when the revision came to be, RFC 3339
 * @param cause id of the change that led to it, or null
 * @param changed fields that differ from the revision before
 * @param type saas, copilot, api, internal or edge; null where it is not known
 * @param removed whether the deployment is gone
 */
record Bill(
        String deployment,
        String serialNumber,
        long revision,
        String at,
        @Nullable String cause,
        List<String> changed,
        List<Component> components,
        List<Hosting> hosting,
        @Nullable String vendor,
        @Nullable String owner,
        @Nullable String type,
        boolean removed,
        List<Claim> claims) {

    /**
     * A model in a role.
     *
     * @param truncated whether the ancestry was cut before it came into the bill
     */
    record Component(
            String role,
            String model,
            @Nullable String revision,
            @Nullable String requested,
            @Nullable String served,
            @Nullable String license,
            List<String> datasets,
            List<Origin> origins,
            List<Ancestor> ancestry,
            boolean truncated) {

        /** Returns where a model comes from that is one of the roots, null where that is not known. */
        @Nullable
        Origin origin(String root) {
            return origins.stream()
                    .filter(origin -> origin.model().equals(root) && origin.organization() != null)
                    .findFirst()
                    .orElse(null);
        }
    }

    /** Where a root of the ancestry comes from; what is null is unresolved. */
    record Origin(
            String model,
            @Nullable String organization,
            @Nullable String country) {}

    /**
     * A model from which another one descends.
     *
     * @param relation of the first step
     * @param path every step to it, {@code relation model} each
     * @param confidence the weakest on the path
     */
    record Ancestor(
            String model,
            String relation,
            int depth,
            List<String> path,
            String confidence,
            @Nullable String license,
            List<String> datasets) {}

    /** A place where the deployment executes. */
    record Hosting(
            @Nullable String provider,
            @Nullable String region,
            @Nullable String country) {}

    /**
     * A fact with its evidence.
     *
     * @param value JSON, or null where it is unresolved
     * @param source who said so; null where nobody did
     * @param observedAt RFC 3339
     * @param score of what was inferred, 0 to 1
     * @param json the claim as the bill has it
     */
    record Claim(
            String field,
            @Nullable String value,
            String confidence,
            @Nullable String source,
            @Nullable String observedAt,
            @Nullable String url,
            @Nullable String sha256,
            @Nullable String method,
            @Nullable String basis,
            @Nullable String score,
            String json) {

        /** Returns the role of the component that it is about, null where it is about the deployment. */
        @Nullable
        String role() {
            int dot = field.lastIndexOf('.');
            return field.startsWith("models.") && dot > 7 ? field.substring(7, dot) : null;
        }

        /** Returns the last part of the field: id, revision, license, hosting and so on. */
        String property() {
            return role() == null ? field : field.substring(field.lastIndexOf('.') + 1);
        }
    }

    /** @throws IllegalArgumentException if the document is no MBOM */
    static Bill read(JsonNode mbom) {
        String deployment = text(mbom, "deployment");
        String serialNumber = text(mbom, "serialNumber");
        String at = text(mbom, "at");
        if (deployment == null || serialNumber == null || at == null) {
            throw new IllegalArgumentException("no MBOM: deployment, serialNumber and at are required");
        }
        return new Bill(
                deployment,
                serialNumber,
                mbom.path("revision").asLong(1),
                at,
                text(mbom, "cause"),
                texts(mbom.path("changed")),
                list(mbom.path("components"), Bill::component),
                list(
                        mbom.path("hosting"),
                        place -> new Hosting(text(place, "provider"), text(place, "region"), text(place, "country"))),
                text(mbom, "vendor"),
                text(mbom, "owner"),
                text(mbom, "type"),
                mbom.path("removed").asBoolean(false),
                list(mbom.path("claims"), Bill::claim));
    }

    /** Returns the value of a claim that is shown of a field, the first, or null where there is none. */
    @Nullable
    Claim shown(String field) {
        return claims.stream()
                .filter(claim -> claim.field().equals(field))
                .findFirst()
                .orElse(null);
    }

    private static Component component(JsonNode form) {
        return new Component(
                form.path("role").asString(""),
                form.path("model").asString(""),
                text(form, "revision"),
                text(form, "requested"),
                text(form, "served"),
                text(form, "license"),
                texts(form.path("datasets")),
                list(
                        form.path("origins"),
                        origin -> new Origin(
                                origin.path("model").asString(""),
                                text(origin, "organization"),
                                text(origin, "country"))),
                list(form.path("ancestry"), Bill::ancestor),
                form.path("truncated").asBoolean(false));
    }

    private static Ancestor ancestor(JsonNode form) {
        return new Ancestor(
                form.path("id").asString(""),
                form.path("relation").asString("unknown"),
                form.path("depth").asInt(0),
                list(
                        form.path("path"),
                        step -> step.path("relation").asString("unknown") + " "
                                + step.path("id").asString("")),
                form.path("confidence").asString("unresolved"),
                text(form, "license"),
                texts(form.path("datasets")));
    }

    private static Claim claim(JsonNode form) {
        JsonNode evidence = form.path("evidence");
        JsonNode value = form.path("value");
        return new Claim(
                form.path("field").asString(""),
                value.isMissingNode() ? null : value.toString(),
                form.path("confidence").asString("unresolved"),
                text(form, "source"),
                text(form, "observedAt"),
                text(evidence, "url"),
                text(evidence, "sha256"),
                text(evidence, "method"),
                text(evidence, "basis"),
                evidence.has("score") ? evidence.path("score").toString() : null,
                form.toString());
    }

    private static @Nullable String text(JsonNode form, String name) {
        JsonNode text = form.path(name);
        return text.isString() && !text.stringValue().isBlank() ? text.stringValue() : null;
    }

    private static List<String> texts(JsonNode array) {
        return list(array, node -> node.asString(""));
    }

    private static <T> List<T> list(JsonNode array, Function<JsonNode, T> reader) {
        List<T> items = new ArrayList<>();
        array.forEach(node -> items.add(reader.apply(node)));
        return List.copyOf(items);
    }
}
