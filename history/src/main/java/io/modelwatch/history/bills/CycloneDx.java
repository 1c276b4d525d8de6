package io.modelwatch.history.bills;

import io.modelwatch.history.bills.Bill.Ancestor;
import io.modelwatch.history.bills.Bill.Component;
import io.modelwatch.history.bills.Bill.Hosting;
import io.modelwatch.history.bills.Bill.Origin;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A bill as a CycloneDX ML-BOM (https://cyclonedx.org/docs/1.6/json/). Written as plain JSON: the library of CycloneDX
 * ends at 1.6, and its writer takes the time of writing where this takes that of the revision.
 */
final class CycloneDx {

    /** The versions of the specification. */
    enum Spec {
        V1_6("1.6"),
        V1_7("1.7");

        private final String number;

        Spec(String number) {
            this.number = number;
        }

        String number() {
            return number;
        }
    }

    static final String DEPLOYMENT = "deployment";

    /** Characters that the schema allows a version. */
    private static final int MOST_VERSION = 1024;

    private final Bill bill;
    private final BillJson.Cuts cuts = new BillJson.Cuts();
    private final ObjectNode document = JsonNodeFactory.instance.objectNode();

    private CycloneDx(Bill bill) {
        this.bill = bill;
    }

    /** Returns the document: the same bytes for the same revision. */
    static String write(Bill bill, Spec spec) {
        return BillJson.text(new CycloneDx(bill).document(spec));
    }

    private ObjectNode document(Spec spec) {
        document.put("$schema", "http://cyclonedx.org/schema/bom-" + spec.number() + ".schema.json");
        document.put("bomFormat", "CycloneDX");
        document.put("specVersion", spec.number());
        document.put("serialNumber", bill.serialNumber());
        document.put("version", bill.revision());
        ObjectNode tools = metadata(document.putObject("metadata"));
        ArrayNode components = document.putArray("components");
        List<Component> models = cuts.first(bill.components(), "components");
        models.forEach(component -> model(components.addObject(), component));
        ArrayNode services = document.putArray("services");
        List<Hosting> places = cuts.first(bill.hosting(), "hosting");
        for (int i = 0; i < places.size(); i++) {
            service(services.addObject().put("bom-ref", "hosting:" + (i + 1)), places.get(i));
        }
        dependencies(models, places.size());
        CycloneDxClaims claims = new CycloneDxClaims(document, models, cuts.first(bill.claims(), "claims"));
        document.set("declarations", claims.declarations());
        if (spec == Spec.V1_7) {
            document.set("citations", claims.citations());
        }
        ArrayNode sources = claims.sources();
        if (!sources.isEmpty()) {
            tools.set("services", sources);
        }
        List<BillProperty.Entry> properties = BillProperty.of(bill, cuts);
        // Last of all: only now is it known what was left out.
        cuts.cut().forEach(cut -> properties.add(new BillProperty.Entry(BillProperty.TRUNCATED, cut)));
        properties(document, properties);
        return document;
    }

    /** Returns where the tools stand: the sources among them are known last. */
    private ObjectNode metadata(ObjectNode metadata) {
        metadata.put("timestamp", bill.at());
        metadata.putArray("lifecycles").addObject().put("phase", bill.removed() ? "decommission" : "operations");
        ObjectNode tools = metadata.putObject("tools");
        tools.putArray("components")
                .addObject()
                .put("type", "application")
                .put("bom-ref", CycloneDxClaims.TOOL)
                .put("name", "modelwatch");
        ObjectNode deployment = metadata.putObject("component");
        deployment.put("type", "application");
        deployment.put("bom-ref", DEPLOYMENT);
        deployment.put("name", bill.deployment());
        if (bill.vendor() != null) {
            deployment.putObject("supplier").put("name", bill.vendor());
        }
        properties(deployment, BillProperty.deployment(bill));
        return tools;
    }

    private void model(ObjectNode node, Component component) {
        named(node, "model:" + component.role(), component.model(), component.revision());
        manufacturer(node, component.origin(component.model()));
        licenses(node, component.license());
        datasets(node, component.datasets(), "datasets of " + component.role());
        if (!component.ancestry().isEmpty() || component.truncated()) {
            pedigree(node.putObject("pedigree"), component);
        }
        properties(node, BillProperty.component(component, cuts));
    }

    private void pedigree(ObjectNode pedigree, Component component) {
        String ancestry = "ancestors of " + component.role();
        ArrayNode ancestors = pedigree.putArray("ancestors");
        List<Ancestor> shown = cuts.first(component.ancestry(), ancestry);
        for (int i = 0; i < shown.size(); i++) {
            Ancestor ancestor = shown.get(i);
            ObjectNode node = ancestors.addObject();
            named(node, "ancestor:" + component.role() + ":" + (i + 1), ancestor.model(), null);
            manufacturer(node, component.origin(ancestor.model()));
            licenses(node, ancestor.license());
            datasets(node, ancestor.datasets(), "datasets of " + ancestor.model());
            properties(node, BillProperty.ancestor(ancestor));
        }
        if (component.truncated()) {
            String cut = ancestry + ": more are known than the bill holds";
            pedigree.put("notes", cut);
            cuts.cut().add(cut);
        }
    }

    private static void named(ObjectNode node, String ref, String model, @Nullable String revision) {
        ModelName name = ModelName.of(model, revision);
        node.put("type", "machine-learning-model");
        node.put("bom-ref", ref);
        BillJson.put(node, "group", name.group());
        node.put("name", name.name());
        BillJson.put(node, "version", revision == null || revision.length() > MOST_VERSION ? null : revision);
        BillJson.put(node, "purl", name.purl());
    }

    private static void manufacturer(ObjectNode node, @Nullable Origin origin) {
        if (origin != null) {
            ObjectNode manufacturer = node.putObject("manufacturer").put("name", origin.organization());
            if (origin.country() != null) {
                manufacturer.putObject("address").put("country", origin.country());
            }
        }
    }

    private static void licenses(ObjectNode node, @Nullable String license) {
        if (license != null) {
            String id = SpdxLicenses.id(license);
            ObjectNode one = node.putArray("licenses").addObject().putObject("license");
            one.put(id == null ? "name" : "id", id == null ? license : id).put("acknowledgement", "declared");
        }
    }

    private void datasets(ObjectNode node, List<String> names, String what) {
        if (!names.isEmpty()) {
            ArrayNode datasets =
                    node.putObject("modelCard").putObject("modelParameters").putArray("datasets");
            for (String name : cuts.first(names, what)) {
                datasets.addObject().put("type", "dataset").put("name", name);
            }
        }
    }

    private static void service(ObjectNode node, Hosting place) {
        if (place.provider() != null || place.country() != null || place.region() != null) {
            ObjectNode provider = node.putObject("provider");
            BillJson.put(provider, "name", place.provider());
            if (place.country() != null || place.region() != null) {
                ObjectNode address = provider.putObject("address");
                BillJson.put(address, "country", place.country());
                BillJson.put(address, "region", place.region());
            }
        }
        node.put("name", "hosting" + (place.region() == null ? "" : " in " + place.region()));
    }

    private void dependencies(List<Component> models, int places) {
        ArrayNode dependencies = document.putArray("dependencies");
        ArrayNode on = dependencies.addObject().put("ref", DEPLOYMENT).putArray("dependsOn");
        models.forEach(component -> on.add("model:" + component.role()));
        for (int i = 1; i <= places; i++) {
            on.add("hosting:" + i);
        }
    }

    private static void properties(ObjectNode node, List<BillProperty.Entry> entries) {
        if (!entries.isEmpty()) {
            ArrayNode properties = node.putArray("properties");
            entries.forEach(entry ->
                    properties.addObject().put("name", entry.property().label()).put("value", entry.value()));
        }
    }
}
