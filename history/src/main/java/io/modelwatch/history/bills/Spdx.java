package io.modelwatch.history.bills;

import io.modelwatch.history.bills.Bill.Ancestor;
import io.modelwatch.history.bills.Bill.Claim;
import io.modelwatch.history.bills.Bill.Component;
import io.modelwatch.history.bills.Bill.Hosting;
import io.modelwatch.history.bills.Bill.Origin;
import io.modelwatch.history.bills.BillProperty.Entry;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A bill as SPDX 3.0.1 JSON-LD (https://spdx.github.io/spdx-spec/v3.0.1/), with the classes of the AI and Dataset
 * profiles. It claims no conformance to these two: they ask for times of release and places of download, which nobody
 * tells of a model.
 */
final class Spdx {

    private static final String VERSION = "3.0.1";
    private static final String CREATION = "_:creationInfo";
    private static final String NO_LICENSE = "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertionLicense";

    private final Bill bill;
    private final BillJson.Cuts cuts = new BillJson.Cuts();
    private final ArrayNode graph = JsonNodeFactory.instance.arrayNode();
    private final ArrayNode elements = JsonNodeFactory.instance.arrayNode();
    /** Elements that several others point at, by kind and name. */
    private final Map<String, String> shared = new HashMap<>();

    private int relationships;

    private Spdx(Bill bill) {
        this.bill = bill;
    }

    /** Returns the document: the same bytes for the same revision. */
    static String write(Bill bill) {
        return BillJson.text(new Spdx(bill).document());
    }

    private ObjectNode document() {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("@context", "https://spdx.org/rdf/" + VERSION + "/spdx-context.jsonld");
        document.set("@graph", graph);
        creation();
        ObjectNode file = element("SpdxDocument", "document", bill.deployment());
        ObjectNode sbom = element("software_Sbom", "sbom", bill.deployment());
        file.putArray("profileConformance")
                .add("core")
                .add("software")
                .add("simpleLicensing")
                .add("extension");
        file.putArray("rootElement").add(id("sbom"));
        sbom.putArray("software_sbomType").add("deployed");
        sbom.putArray("rootElement").add(id("deployment"));
        elements.removeAll();
        List<Component> models = cuts.first(bill.components(), "components");
        deployment();
        models.forEach(this::model);
        List<Hosting> places = cuts.first(bill.hosting(), "hosting");
        for (int i = 0; i < places.size(); i++) {
            hosting("hosting/" + (i + 1), places.get(i));
        }
        List<Claim> claims = cuts.first(bill.claims(), "claims");
        for (int i = 0; i < claims.size(); i++) {
            claim("claim/" + (i + 1), claims.get(i), models);
        }
        sbom.set("element", elements);
        List<Entry> properties = new ArrayList<>(BillProperty.of(bill, cuts));
        properties.add(new Entry(BillProperty.AT, bill.at()));
        cuts.cut().forEach(cut -> properties.add(new Entry(BillProperty.TRUNCATED, cut)));
        properties(sbom, properties);
        return document;
    }

    private void creation() {
        ObjectNode creation = graph.addObject().put("type", "CreationInfo").put("@id", CREATION);
        creation.put("specVersion", VERSION);
        creation.put(
                "created",
                Instant.parse(bill.at()).truncatedTo(ChronoUnit.SECONDS).toString());
        creation.putArray("createdBy").add(id("modelwatch"));
        element("SoftwareAgent", "modelwatch", "modelwatch");
    }

    private void deployment() {
        ObjectNode deployment = element("software_Package", "deployment", bill.deployment());
        deployment.put("software_primaryPurpose", "application");
        deployment.put("software_packageVersion", Long.toString(bill.revision()));
        if (bill.vendor() != null) {
            deployment.put("suppliedBy", organization(bill.vendor(), null));
        }
        properties(deployment, BillProperty.deployment(bill));
    }

    private void model(Component component) {
        String model = "model/" + component.role();
        ObjectNode node = ai(model, component.model(), component.revision(), component.origin(component.model()));
        properties(node, BillProperty.component(component, cuts));
        relationship("deployment", "contains", List.of(id(model)));
        relationship(
                model,
                "hasDeclaredLicense",
                List.of(component.license() == null ? NO_LICENSE : license(component.license())));
        trainedOn(model, component.datasets(), "datasets of " + component.role());
        String ancestry = "ancestors of " + component.role();
        for (Ancestor ancestor : cuts.first(component.ancestry(), ancestry)) {
            ObjectNode descent = relationship(model, "descendantOf", List.of(ancestor(component, ancestor)));
            properties(descent, BillProperty.ancestor(ancestor));
            if (component.truncated()) {
                descent.put("completeness", "incomplete");
            }
        }
        if (component.truncated()) {
            cuts.cut().add(ancestry + ": more are known than the bill holds");
        }
    }

    private String ancestor(Component component, Ancestor ancestor) {
        String key = "ancestor/" + ancestor.model();
        if (shared.putIfAbsent(key, id(key)) == null) {
            ai(key, ancestor.model(), null, component.origin(ancestor.model()));
            if (ancestor.license() != null) {
                relationship(key, "hasDeclaredLicense", List.of(license(ancestor.license())));
            }
            trainedOn(key, ancestor.datasets(), "datasets of " + ancestor.model());
        }
        return id(key);
    }

    private ObjectNode ai(String path, String model, @Nullable String revision, @Nullable Origin origin) {
        ModelName name = ModelName.of(model, revision);
        ObjectNode node =
                element("ai_AIPackage", path, name.group() == null ? name.name() : name.group() + "/" + name.name());
        node.put("software_primaryPurpose", "model");
        BillJson.put(node, "software_packageVersion", revision);
        BillJson.put(node, "software_packageUrl", name.purl());
        if (origin != null && origin.organization() != null) {
            node.putArray("originatedBy").add(organization(origin.organization(), origin.country()));
        }
        return node;
    }

    private void trainedOn(String model, List<String> datasets, String what) {
        List<String> ids =
                cuts.first(datasets, what).stream().map(this::dataset).toList();
        if (!ids.isEmpty()) {
            relationship(model, "trainedOn", ids);
        }
    }

    private String dataset(String name) {
        String key = "dataset/" + name;
        if (shared.putIfAbsent(key, id(key)) == null) {
            ObjectNode node = element("dataset_DatasetPackage", key, name);
            node.put("software_primaryPurpose", "data");
            node.putArray("dataset_datasetType").add("noAssertion");
        }
        return id(key);
    }

    private String organization(String name, @Nullable String country) {
        String key = "organization/" + (country == null ? "" : country + "/") + name;
        if (shared.putIfAbsent(key, id(key)) == null) {
            ObjectNode node = element("Organization", key, name);
            if (country != null) {
                properties(node, List.of(new Entry(BillProperty.ORGANIZATION_COUNTRY, country)));
            }
        }
        return id(key);
    }

    private String license(String license) {
        String listed = SpdxLicenses.id(license);
        String key = "license/" + (listed == null ? license : listed);
        if (shared.putIfAbsent(key, id(key)) == null) {
            ObjectNode node = element("simplelicensing_LicenseExpression", key, null);
            if (listed != null) {
                node.put("simplelicensing_licenseExpression", listed);
            } else {
                // Two names may differ in what an id cannot hold; the number tells them apart.
                String ref =
                        "LicenseRef-modelwatch-" + shared.size() + "-" + license.replaceAll("[^A-Za-z0-9.-]+", "-");
                node.put("simplelicensing_licenseExpression", ref);
                ObjectNode text = element("simplelicensing_SimpleLicensingText", key + "/text", license);
                text.put(
                        "simplelicensing_licenseText",
                        "Only the name is known, as the model's publisher declares it: " + license);
                node.putArray("simplelicensing_customIdToUri")
                        .addObject()
                        .put("type", "DictionaryEntry")
                        .put("key", ref)
                        .put("value", id(key + "/text"));
            }
        }
        return id(key);
    }

    private void hosting(String path, Hosting place) {
        ObjectNode node =
                element("software_Package", path, "hosting" + (place.region() == null ? "" : " in " + place.region()));
        node.put("software_primaryPurpose", "platform");
        if (place.provider() != null) {
            node.put("suppliedBy", organization(place.provider(), null));
        }
        properties(node, BillProperty.hosting(place));
        relationship("deployment", "dependsOn", List.of(id(path)));
    }

    private void claim(String path, Claim claim, List<Component> models) {
        ObjectNode node = element("Annotation", path, null);
        boolean ofModel = models.stream().anyMatch(model -> model.role().equals(claim.role()));
        node.put("annotationType", "other");
        node.put("subject", ofModel ? id("model/" + claim.role()) : id("deployment"));
        node.put("contentType", "application/json");
        node.put("statement", claim.json());
    }

    private ObjectNode relationship(String from, String type, List<String> to) {
        ObjectNode node = element("Relationship", "relationship/" + ++relationships, null);
        node.put("from", id(from)).put("relationshipType", type);
        ArrayNode all = node.putArray("to");
        to.forEach(all::add);
        return node;
    }

    private ObjectNode element(String type, String path, @Nullable String name) {
        ObjectNode node = graph.addObject().put("type", type).put("spdxId", id(path));
        node.put("creationInfo", CREATION);
        BillJson.put(node, "name", name);
        elements.add(id(path));
        return node;
    }

    /** What is said of a revision is not said of the next: each has its own ids. */
    private String id(String path) {
        String encoded = URLEncoder.encode(path, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%2F", "/");
        return bill.serialNumber() + "#" + bill.revision() + "/" + encoded;
    }

    private static void properties(ObjectNode node, List<Entry> entries) {
        if (!entries.isEmpty()) {
            ArrayNode properties = node.putArray("extension")
                    .addObject()
                    .put("type", "extension_CdxPropertiesExtension")
                    .putArray("extension_cdxProperty");
            entries.forEach(entry -> properties
                    .addObject()
                    .put("type", "extension_CdxPropertyEntry")
                    .put("extension_cdxPropName", entry.property().label())
                    .put("extension_cdxPropValue", entry.value()));
        }
    }
}
