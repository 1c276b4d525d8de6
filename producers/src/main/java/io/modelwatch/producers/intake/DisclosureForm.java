package io.modelwatch.producers.intake;

import io.modelwatch.schemas.Canonical;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.DisclosedModel;
import io.modelwatch.schemas.avro.Disclosure;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Lines of what vendors announced. */
final class DisclosureForm {

    private DisclosureForm() {}

    static @Nullable Disclosure read(Fields line, Instant latest) {
        line.as(Form.DISCLOSURE);
        String id = line.id("id");
        String vendor = line.id("vendor");
        String deployment = line.deploymentId("deployment");
        Instant observedAt = line.past("observedAt", latest);
        Instant announcedAt = line.past("announcedAt", latest);
        String source = line.id("source");
        List<DisclosedModel> models = new ArrayList<>();
        for (Fields fields : line.objects("models", Form.DISCLOSED_MODEL)) {
            String model = fields.modelId("id");
            String revision = fields.text("revision");
            if (model != null) {
                models.add(new DisclosedModel(model, revision));
            }
        }
        List<String> countries = Objects.requireNonNullElse(line.countries("countries"), List.of());
        Disclosure.Builder disclosure = Disclosure.newBuilder()
                .setDeployment(deployment)
                .setSource(source)
                .setModels(models)
                .setCountries(countries)
                .setEvidence(ObservationForm.evidence(line));
        if (id == null || vendor == null || observedAt == null) {
            return null;
        }
        Instant announced = announcedAt == null ? observedAt : announcedAt;
        return disclosure
                .setId(id)
                .setVendor(vendor)
                .setAnnouncedAt(announced)
                .setObservedAt(observedAt)
                .setCorrelationId(Ids.digest("disclosure", Canonical.json(content(id, vendor, announced, disclosure))))
                .build();
    }

    /** What is announced, by sorted name: the same announcement, read again later, has the same correlation id. */
    private static SortedMap<String, Object> content(
            String id, String vendor, Instant announcedAt, Disclosure.Builder disclosure) {
        SortedMap<String, Object> content = new TreeMap<>();
        content.put("id", id);
        content.put("vendor", vendor);
        content.put("announcedAt", announcedAt.toString());
        if (disclosure.getDeployment() != null) {
            content.put("deployment", disclosure.getDeployment());
        }
        content.put(
                "models",
                disclosure.getModels().stream()
                        .map(model ->
                                model.getRevision() == null ? model.getId() : model.getId() + "@" + model.getRevision())
                        .toList());
        content.put("countries", disclosure.getCountries());
        return content;
    }
}
