package io.modelwatch.history.bills;

import io.modelwatch.history.bills.Bill.Claim;
import io.modelwatch.history.bills.Bill.Component;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The claims of a bill in the words of CycloneDX: {@code declarations} with a claim and its evidence each, and from 1.7
 * on {@code citations}, which say of a place in the document who said so and when.
 */
final class CycloneDxClaims {

    static final String TOOL = "modelwatch";

    private final ObjectNode document;
    private final Map<String, Integer> components = new LinkedHashMap<>();
    private final List<Claim> claims;
    /** By name of the source, in the order in which they are met. */
    private final Map<String, String> sources = new LinkedHashMap<>();

    /** @param document with its components and services in place */
    CycloneDxClaims(ObjectNode document, List<Component> models, List<Claim> claims) {
        this.document = document;
        this.claims = claims;
        models.forEach(model -> components.putIfAbsent(model.role(), components.size()));
        for (Claim claim : claims) {
            String source = claim.source();
            if (source != null && !source.equals(TOOL)) {
                sources.putIfAbsent(source, "source:" + source);
            }
        }
    }

    /** Returns who was asked, as services. */
    ArrayNode sources() {
        ArrayNode services = JsonNodeFactory.instance.arrayNode();
        sources.forEach((name, ref) -> services.addObject().put("bom-ref", ref).put("name", name));
        return services;
    }

    ObjectNode declarations() {
        ObjectNode declarations = JsonNodeFactory.instance.objectNode();
        ArrayNode all = declarations.putArray("claims");
        ArrayNode evidence = declarations.putArray("evidence");
        for (int i = 0; i < claims.size(); i++) {
            Claim claim = claims.get(i);
            ObjectNode one = all.addObject();
            one.put("bom-ref", "claim:" + (i + 1));
            one.put("target", target(claim));
            one.put("predicate", claim.field() + (claim.value() == null ? " is unresolved" : " = " + claim.value()));
            one.put("reasoning", reasoning(claim));
            if (claim.observedAt() != null || claim.url() != null || claim.sha256() != null) {
                String ref = "evidence:" + (i + 1);
                one.putArray("evidence").add(ref);
                evidence(evidence.addObject().put("bom-ref", ref), claim);
            }
        }
        return declarations;
    }

    private static void evidence(ObjectNode node, Claim claim) {
        node.put("propertyName", claim.field());
        BillJson.put(node, "description", method(claim));
        if (claim.url() != null || claim.sha256() != null) {
            ArrayNode data = node.putArray("data");
            if (claim.url() != null) {
                ObjectNode read = data.addObject().put("name", "what was read");
                if (BillJson.isUri(claim.url())) {
                    read.putObject("contents").put("url", claim.url());
                } else {
                    text(read, claim.url());
                }
            }
            if (claim.sha256() != null) {
                text(data.addObject().put("name", "sha256 of what was read"), claim.sha256());
            }
        }
        BillJson.put(node, "created", claim.observedAt());
        if (claim.source() != null) {
            node.putObject("author").put("name", claim.source());
        }
    }

    private static void text(ObjectNode data, String text) {
        data.putObject("contents")
                .putObject("attachment")
                .put("contentType", "text/plain")
                .put("content", text);
    }

    /** Returns one citation a claim that has a time, a source and a place in the document. */
    ArrayNode citations() {
        ArrayNode citations = JsonNodeFactory.instance.arrayNode();
        for (int i = 0; i < claims.size(); i++) {
            Claim claim = claims.get(i);
            String pointer = pointer(claim);
            if (claim.observedAt() == null || claim.source() == null || pointer == null) {
                continue;
            }
            ObjectNode one = citations.addObject().put("bom-ref", "citation:" + (i + 1));
            one.putArray("pointers").add(pointer);
            one.put("timestamp", claim.observedAt());
            one.put("attributedTo", sources.getOrDefault(claim.source(), TOOL));
            one.put("note", reasoning(claim) + (claim.url() == null ? "" : "; read from " + claim.url()));
        }
        return citations;
    }

    private String target(Claim claim) {
        String role = claim.role();
        return role != null && components.containsKey(role) ? "model:" + role : CycloneDx.DEPLOYMENT;
    }

    /** Returns where the document says what a claim is about, or null where it says that in the claim alone. */
    private @Nullable String pointer(Claim claim) {
        String role = claim.role();
        Integer index = role == null ? null : components.get(role);
        String within =
                switch (claim.property()) {
                    case "id" -> "/purl";
                    case "revision" -> "/version";
                    case "license" -> "/licenses";
                    case "datasets" -> "/modelCard/modelParameters/datasets";
                    case "parents" -> "/pedigree/ancestors";
                    case "requested", "served", "origins" -> "/properties";
                    default -> null;
                };
        String pointer = index != null && within != null
                ? "/components/" + index + within
                : switch (claim.field()) {
                    case "hosting" -> "/services";
                    case "vendor" -> "/metadata/component/supplier";
                    case "owner", "type" -> "/metadata/component/properties";
                    default -> null;
                };
        return pointer == null || document.at(JsonPointer.compile(pointer)).isMissingNode() ? null : pointer;
    }

    /** Who says so and how sure that is, in the words of the bill: CycloneDX would want a number, and there is none. */
    private static String reasoning(Claim claim) {
        return claim.confidence()
                + (claim.source() == null ? "" : " by " + claim.source())
                + (claim.basis() == null ? "" : ": " + claim.basis())
                + (claim.score() == null ? "" : " (score " + claim.score() + ")");
    }

    private static @Nullable String method(Claim claim) {
        return claim.method() == null ? null : "read by " + claim.method();
    }
}
