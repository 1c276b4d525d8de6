package io.modelwatch.history.bills;

import io.modelwatch.history.bills.Bill.Ancestor;
import io.modelwatch.history.bills.Bill.Component;
import io.modelwatch.history.bills.Bill.Hosting;
import io.modelwatch.history.bills.Bill.Origin;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a bill says and neither CycloneDX nor SPDX has a field for; {@code docs/bills.md} lists the same. Several values
 * of one name are several properties.
 */
enum BillProperty {
    /** saas, copilot, api, internal or edge. */
    DEPLOYMENT_TYPE("deployment:type"),
    /** Team that answers for the deployment. */
    DEPLOYMENT_OWNER("deployment:owner"),
    /** {@code true} once the deployment is gone. */
    DEPLOYMENT_REMOVED("deployment:removed"),
    /** Id of the change that led to the revision. */
    CAUSE("cause"),
    /** A field that differs from the revision before. */
    CHANGED("changed"),
    /** A list that is longer than what is shown of it, in words. */
    TRUNCATED("truncated"),
    /** When the revision came to be, to the millisecond, which SPDX cuts off. SPDX only. */
    AT("at"),
    /** Role of the model in the deployment. */
    ROLE("role"),
    /** Name by which callers ask for the model. */
    REQUESTED("requested"),
    /** Name that answered. */
    SERVED("served"),
    /** A root of the ancestry as JSON: model, organization, country; what is missing is unresolved. */
    ORIGIN("origin"),
    /** Provider that hosts the deployment; CycloneDX has a field for it. SPDX only. */
    HOSTING_PROVIDER("hosting:provider"),
    /** The provider's region. SPDX only. */
    HOSTING_REGION("hosting:region"),
    /** Country of the region, ISO 3166-1 alpha-2. SPDX only. */
    HOSTING_COUNTRY("hosting:country"),
    /** Country of an organisation. SPDX only. */
    ORGANIZATION_COUNTRY("organization:country"),
    /** Relation of the first step to the ancestor. */
    ANCESTOR_RELATION("ancestor:relation"),
    /** Number of steps. */
    ANCESTOR_DEPTH("ancestor:depth"),
    /** The steps, first to last. */
    ANCESTOR_PATH("ancestor:path"),
    /** The weakest confidence on the way: declared, observed, inferred, verified or unresolved. */
    ANCESTOR_CONFIDENCE("ancestor:confidence");

    private final String suffix;

    BillProperty(String suffix) {
        this.suffix = suffix;
    }

    /** Returns the name as it stands in a bill. */
    String label() {
        return "modelwatch:" + suffix;
    }

    /** A property with its value. */
    record Entry(BillProperty property, String value) {}

    static List<Entry> of(Bill bill, BillJson.Cuts cuts) {
        List<Entry> entries = new ArrayList<>();
        add(entries, CAUSE, bill.cause());
        cuts.first(bill.changed(), "changed fields").forEach(field -> add(entries, CHANGED, field));
        return entries;
    }

    static List<Entry> deployment(Bill bill) {
        List<Entry> entries = new ArrayList<>();
        add(entries, DEPLOYMENT_TYPE, bill.type());
        add(entries, DEPLOYMENT_OWNER, bill.owner());
        add(entries, DEPLOYMENT_REMOVED, bill.removed() ? "true" : null);
        return entries;
    }

    static List<Entry> component(Component component, BillJson.Cuts cuts) {
        List<Entry> entries = new ArrayList<>();
        add(entries, ROLE, component.role());
        add(entries, REQUESTED, component.requested());
        add(entries, SERVED, component.served());
        for (Origin origin : cuts.first(component.origins(), "origins of " + component.role())) {
            ObjectNode one = JsonNodeFactory.instance.objectNode().put("model", origin.model());
            BillJson.put(one, "organization", origin.organization());
            BillJson.put(one, "country", origin.country());
            add(entries, ORIGIN, one.toString());
        }
        return entries;
    }

    static List<Entry> ancestor(Ancestor ancestor) {
        List<Entry> entries = new ArrayList<>();
        add(entries, ANCESTOR_RELATION, ancestor.relation());
        add(entries, ANCESTOR_DEPTH, Integer.toString(ancestor.depth()));
        add(entries, ANCESTOR_PATH, String.join(" > ", ancestor.path()));
        add(entries, ANCESTOR_CONFIDENCE, ancestor.confidence());
        return entries;
    }

    static List<Entry> hosting(Hosting place) {
        List<Entry> entries = new ArrayList<>();
        add(entries, HOSTING_PROVIDER, place.provider());
        add(entries, HOSTING_REGION, place.region());
        add(entries, HOSTING_COUNTRY, place.country());
        return entries;
    }

    private static void add(List<Entry> entries, BillProperty property, @Nullable String value) {
        if (value != null && !value.isEmpty()) {
            entries.add(new Entry(property, value));
        }
    }
}
