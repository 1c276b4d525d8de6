package io.modelwatch.producers.intake;

import io.modelwatch.producers.intake.VendorBill.Draft;
import io.modelwatch.producers.intake.VendorBill.UnreadableException;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** What a CycloneDX bill announces: its machine-learning models, nested ones too, and where its services are provided. */
final class CycloneDxReader {

    private final Draft draft;
    /** Components of other types, counted. */
    private final Map<String, Integer> others = new TreeMap<>();

    private int ancestors;
    private int datasets;

    private CycloneDxReader(Draft draft) {
        this.draft = draft;
    }

    /** Returns what the bill calls itself; empty where it does not. */
    static String read(JsonNode bill, Draft draft) throws UnreadableException {
        String spec = bill.path("specVersion").asString("");
        if (!spec.matches("1\\.\\d{1,3}")) {
            throw new UnreadableException(
                    "CycloneDX of version " + Fields.quote(spec) + " is not known here; 1.5 and later are");
        }
        CycloneDxReader reader = new CycloneDxReader(draft);
        JsonNode subject = bill.at("/metadata/component");
        if (subject.path("type").asString("").equals("machine-learning-model")) {
            reader.component(subject);
        }
        reader.components(bill.path("components"));
        reader.services(bill.path("services"));
        reader.others.forEach((type, count) -> draft.ignore(count + " components of the type " + type));
        if (reader.ancestors > 0) {
            draft.ignore(reader.ancestors + " ancestors (pedigree): they do not run");
        }
        if (reader.datasets > 0) {
            draft.ignore(reader.datasets + " datasets");
        }
        if (bill.path("vulnerabilities").size() > 0) {
            draft.ignore(bill.path("vulnerabilities").size() + " vulnerabilities");
        }
        String serial = bill.path("serialNumber").asString("");
        return serial.isEmpty() ? "" : serial + "/" + bill.path("version").asInt(1);
    }

    private void components(JsonNode components) throws UnreadableException {
        for (JsonNode component : components) {
            component(component);
        }
    }

    private void component(JsonNode component) throws UnreadableException {
        String type = component.path("type").asString("");
        if (type.equals("machine-learning-model")) {
            draft.model(
                    component.path("name").asString(""),
                    component.path("purl").asString(""),
                    component.path("version").asString(""));
            ancestors += component.at("/pedigree/ancestors").size();
            datasets += component.at("/modelCard/modelParameters/datasets").size();
        } else {
            others.merge(Fields.quote(type), 1, Integer::sum);
        }
        components(component.path("components"));
    }

    private void services(JsonNode services) {
        for (JsonNode service : services) {
            JsonNode country = service.at("/provider/address/country");
            if (country.isString()) {
                draft.country(country.stringValue());
            } else {
                draft.ignore("the service " + Fields.quote(service.path("name").asString(""))
                        + " does not say in which country it is provided");
            }
            services(service.path("services"));
        }
    }
}
