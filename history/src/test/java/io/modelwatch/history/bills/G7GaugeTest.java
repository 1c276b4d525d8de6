package io.modelwatch.history.bills;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.schemas.avro.Mbom;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class G7GaugeTest {

    private static Map<String, String> states(Mbom bill) {
        Map<String, String> states = new TreeMap<>();
        JsonNode gauge = JsonMapper.shared().readTree(G7Gauge.write(Bills.json(bill)));
        gauge.path("elements")
                .forEach(element -> states.put(
                        element.path("id").stringValue(), element.path("state").stringValue()));
        int counted = gauge.path("present").intValue()
                + gauge.path("absent").intValue()
                + gauge.path("unknowable").intValue();
        assertThat(counted).isEqualTo(states.size());
        return states;
    }

    @Test
    void every_element_of_the_list_is_gauged() {
        assertThat(states(Bills.full())).hasSize(50);
        assertThat(states(Bills.least().build())).hasSize(50);
    }

    @Test
    void an_element_is_there_only_if_every_component_has_it() {
        Mbom full = Bills.full();
        Mbom one = Mbom.newBuilder(full)
                .setComponents(full.getComponents().subList(0, 1))
                .build();

        assertThat(states(full))
                .containsEntry("model-license", "absent")
                .containsEntry("model-version", "absent")
                .containsEntry("dataset-name", "absent")
                .containsEntry("model-identifier", "present")
                .containsEntry("system-producer", "present")
                .containsEntry("security-controls", "unknowable");
        assertThat(states(one))
                .containsEntry("model-license", "present")
                .containsEntry("model-version", "present")
                .containsEntry("dataset-name", "present")
                // A short commit is no digest of what runs.
                .containsEntry("model-hash-value", "absent")
                // Derived: who made the base is known, not who tuned it.
                .containsEntry("model-producer", "absent");
    }

    @Test
    void an_empty_bill_has_no_models_to_tell_of() {
        assertThat(states(Bills.least().build()))
                .containsEntry("system-name", "present")
                .containsEntry("system-components", "absent")
                .containsEntry("system-producer", "absent")
                .containsEntry("model-name", "absent");
    }
}
