package io.modelwatch.history.bills;

import io.modelwatch.history.bills.Bill.Component;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Holds a bill against the minimum elements of the G7's "SBOM for AI" (2026-05-12; ids and labels as openregtech/sbom
 * lists them, CC-BY-4.0). An element is there only if it is there for every component: a bill that names the licence of
 * one model out of two does not name the licences.
 */
public final class G7Gauge {

    /** What a bill has of an element. */
    enum State {
        /** It is in the bill, for every component. */
        PRESENT,
        /** A bill has a place for it, and it is not filled. */
        ABSENT,
        /** Nothing that modelwatch reads tells of it. */
        UNKNOWABLE
    }

    /** @param text where it stands, what is missing, or why nobody can know */
    record Finding(State state, String text) {}

    /** One line of the list. */
    record Element(String id, String cluster, String label) {}

    static final List<Element> ELEMENTS = elements();

    private static final Map<String, Function<Bill, Finding>> RULES = rules();

    private G7Gauge() {}

    /**
     * Returns every element with what the bill has of it, as JSON.
     *
     * @param mbom one revision of an MBOM in its JSON form
     */
    public static String write(String mbom) {
        return BillJson.text(gauge(BillFormat.read(mbom)));
    }

    static ObjectNode gauge(Bill bill) {
        ObjectNode gauge = JsonNodeFactory.instance.objectNode();
        gauge.put("deployment", bill.deployment());
        gauge.put("revision", bill.revision());
        gauge.put("at", bill.at());
        Map<State, Integer> counts = new EnumMap<>(State.class);
        ArrayNode elements = JsonNodeFactory.instance.arrayNode();
        for (Element element : ELEMENTS) {
            Finding finding = Objects.requireNonNull(RULES.get(element.id()), element.id())
                    .apply(bill);
            counts.merge(finding.state(), 1, Integer::sum);
            elements.addObject()
                    .put("id", element.id())
                    .put("cluster", element.cluster())
                    .put("label", element.label())
                    .put("state", word(finding.state()))
                    .put("why", finding.text());
        }
        for (State state : State.values()) {
            gauge.put(word(state), counts.getOrDefault(state, 0));
        }
        gauge.set("elements", elements);
        return gauge;
    }

    private static String word(State state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    private static Map<String, Function<Bill, Finding>> rules() {
        Map<String, Function<Bill, Finding>> rules = new HashMap<>();
        present(rules, "sbom-version", "version: the revision of the bill");
        present(rules, "sbom-data-format-name", "bomFormat, @context");
        present(rules, "sbom-data-format-version", "specVersion");
        present(rules, "sbom-tool-name", "metadata.tools, createdBy: modelwatch");
        present(rules, "sbom-generation-context", "metadata.lifecycles, software_sbomType: of what is deployed");
        present(rules, "sbom-timestamp", "metadata.timestamp, created: when the revision came to be");
        present(rules, "system-name", "metadata.component: the deployment");
        rules.put(
                "sbom-author-signature",
                bill -> absent("the document is not signed; its revision is in the signed ledger (modelwatch verify)"));
        rules.put(
                "sbom-tool-version",
                bill -> absent("left out, so that a newer modelwatch writes the same bytes for the same revision"));
        rules.put(
                "system-producer",
                bill -> bill.vendor() == null
                        ? absent("no observation of the deployment names its vendor")
                        : present("supplier: the deployment's vendor"));
        every(rules, "system-components", component -> true, "components");
        every(rules, "sbom-dependency-relationship", component -> true, "dependencies, relationships");
        every(rules, "model-name", component -> true, "components[].name");
        every(
                rules,
                "model-identifier",
                component -> ModelName.of(component.model(), null).purl() != null,
                "components[].purl");
        every(rules, "model-version", component -> component.revision() != null, "components[].version");
        every(
                rules,
                "model-producer",
                component -> component.origin(component.model()) != null,
                "components[].manufacturer, originatedBy");
        every(rules, "model-hash-value", G7Gauge::digest, "components[].version: the revision is a digest");
        every(rules, "model-hash-algorithm", G7Gauge::digest, "SHA-256, by the form of the revision");
        every(rules, "model-license", component -> component.license() != null, "components[].licenses");
        rules.put("model-external-references", G7Gauge::references);
        for (String id : List.of("dataset-name", "dataset-identifier", "dataset-dependency-relationship")) {
            every(
                    rules,
                    id,
                    component -> !component.datasets().isEmpty(),
                    "modelCard.modelParameters.datasets, trainedOn: as the model's card names them");
        }
        unknowable(rules, "modelwatch writes the bill; for whom is not told to it", "sbom-author");
        unknowable(
                rules,
                "no source tells of what surrounds the models of a deployment",
                "system-version",
                "system-timestamp",
                "system-data-flow",
                "system-data-usage",
                "system-input-output-properties",
                "system-intended-application-area");
        unknowable(
                rules,
                "sources tell it of some models, but a bill holds provenance alone",
                "model-timestamp",
                "model-description",
                "model-properties",
                "model-input-output-properties",
                "model-training-properties");
        unknowable(
                rules,
                "datasets are known by name alone",
                "dataset-description",
                "dataset-content",
                "dataset-hash",
                "dataset-provenance",
                "dataset-statistical-properties",
                "dataset-sensitivity",
                "dataset-license");
        unknowable(
                rules,
                "where a deployment is hosted is known, not on what",
                "infrastructure-software",
                "infrastructure-hardware");
        unknowable(
                rules,
                "not watched: it is asked of the vendor",
                "security-controls",
                "security-compliance",
                "cybersecurity-policy",
                "vulnerability-referencing",
                "security-metrics",
                "operational-performance-kpis");
        return Map.copyOf(rules);
    }

    private static Finding references(Bill bill) {
        List<String> without = bill.components().stream()
                .map(Component::role)
                .filter(role ->
                        bill.claims().stream().noneMatch(claim -> role.equals(claim.role()) && claim.url() != null))
                .toList();
        return found(bill, without, "declarations.evidence, annotations: the addresses that were read");
    }

    private static boolean digest(Component component) {
        String revision = component.revision();
        return revision != null && revision.matches("(sha256:)?[0-9a-f]{64}");
    }

    private static void every(
            Map<String, Function<Bill, Finding>> rules, String id, Predicate<Component> has, String where) {
        rules.put(
                id,
                bill -> found(
                        bill,
                        bill.components().stream()
                                .filter(has.negate())
                                .map(Component::role)
                                .toList(),
                        where));
    }

    private static Finding found(Bill bill, List<String> without, String where) {
        if (bill.components().isEmpty()) {
            return absent("the bill has no components");
        }
        return without.isEmpty() ? present(where) : absent("not of " + String.join(", ", without));
    }

    private static void present(Map<String, Function<Bill, Finding>> rules, String id, String where) {
        rules.put(id, bill -> present(where));
    }

    private static void unknowable(Map<String, Function<Bill, Finding>> rules, String why, String... ids) {
        for (String id : ids) {
            rules.put(id, bill -> new Finding(State.UNKNOWABLE, why));
        }
    }

    private static Finding present(String where) {
        return new Finding(State.PRESENT, where);
    }

    private static Finding absent(String why) {
        return new Finding(State.ABSENT, why);
    }

    private static List<Element> elements() {
        List<Element> elements = new ArrayList<>();
        try (InputStream in = Objects.requireNonNull(G7Gauge.class.getResourceAsStream("g7-sbom-for-ai.csv"));
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            lines.lines().skip(1).forEach(line -> {
                String[] cells = line.split(",", 3);
                elements.add(new Element(cells[0], cells[1], cells[2]));
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return List.copyOf(elements);
    }
}
