package io.modelwatch.producers.intake;

import io.modelwatch.producers.intake.VendorBill.Draft;
import io.modelwatch.producers.intake.VendorBill.UnreadableException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * What an SPDX 3 document announces: its AI packages but those that are named as ancestors alone. SPDX has no field for
 * hosting; what our own documents hold of it is read from their properties.
 */
final class SpdxReader {

    private static final String COUNTRY = "modelwatch:hosting:country";

    private SpdxReader() {}

    /** True for JSON-LD with a context of SPDX 3. */
    static boolean reads(JsonNode document) {
        JsonNode context = document.path("@context");
        boolean[] ours = {isContext(context)};
        context.forEach(one -> ours[0] |= isContext(one));
        return ours[0];
    }

    private static boolean isContext(JsonNode context) {
        return context.asString("").matches("https?://spdx\\.(org|github\\.io)/.{0,50}\\b3\\.\\d.{0,100}");
    }

    /** Returns what the document calls itself; empty where it does not. */
    static String read(JsonNode document, Draft draft) throws UnreadableException {
        JsonNode graph = document.path("@graph");
        if (!graph.isArray()) {
            throw new UnreadableException("the SPDX document has no @graph: one element alone names no models");
        }
        Set<String> ancestors = new HashSet<>();
        Set<String> used = new HashSet<>();
        for (JsonNode element : graph) {
            String type = element.path("relationshipType").asString("");
            Set<String> targets =
                    switch (type) {
                        case "descendantOf" -> ancestors;
                        case "contains", "dependsOn", "delegatedTo", "usesTool", "invokedBy" -> used;
                        default -> new HashSet<>();
                    };
            element.path("to").forEach(to -> targets.add(to.asString("")));
            if (type.equals("ancestorOf")) {
                ancestors.add(element.path("from").asString(""));
            }
        }
        ancestors.removeAll(used);
        elements(graph, ancestors, draft);
        for (JsonNode element : graph) {
            if (element.path("type").asString("").equals("SpdxDocument")) {
                return element.path("spdxId").asString("");
            }
        }
        return "";
    }

    private static void elements(JsonNode graph, Set<String> ancestors, Draft draft) throws UnreadableException {
        Map<String, Integer> others = new TreeMap<>();
        int descent = 0;
        for (JsonNode element : graph) {
            String type = element.path("type").asString("");
            if (!type.equals("ai_AIPackage")) {
                if (type.endsWith("Package") || type.equals("software_File")) {
                    others.merge(Fields.quote(type), 1, Integer::sum);
                }
            } else if (ancestors.contains(element.path("spdxId").asString(""))) {
                descent++;
            } else {
                draft.model(
                        element.path("name").asString(""),
                        packageUrl(element),
                        element.path("software_packageVersion").asString(""));
            }
            for (JsonNode extension : element.path("extension")) {
                for (JsonNode property : extension.path("extension_cdxProperty")) {
                    if (property.path("extension_cdxPropName").asString("").equals(COUNTRY)) {
                        draft.country(property.path("extension_cdxPropValue").asString(""));
                    }
                }
            }
        }
        others.forEach((type, count) -> draft.ignore(count + " elements of the type " + type));
        if (descent > 0) {
            draft.ignore(descent + " ancestors: they do not run");
        }
    }

    private static String packageUrl(JsonNode element) {
        String url = element.path("software_packageUrl").asString("");
        for (JsonNode identifier : element.path("externalIdentifier")) {
            if (url.isEmpty()
                    && identifier.path("externalIdentifierType").asString("").equals("packageUrl")) {
                url = identifier.path("identifier").asString("");
            }
        }
        return url;
    }
}
