package io.modelwatch.bench.measure;

import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.ChangeKind;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * The alerts about deployments that are open by what is committed. One about a source is none of them: where no poller runs,
 * the role {@code alerts} says after two minutes that nobody ticks.
 */
public final class OpenAlerts {

    private OpenAlerts() {}

    /** Returns their ids. */
    public static Set<String> read(Bed bed) {
        // What was last said of one counts, and all that is said of one is in one partition.
        Set<String> open = new HashSet<>();
        Deserializer<Alert> alerts = bed.serdes().of(Topics.ALERTS).deserializer();
        Committed.each(bed.kafka(), Settled.partitions(bed.kafka(), List.of(Topics.ALERTS)), record -> {
            Alert alert = alerts.deserialize(record.topic(), record.value());
            if (alert.getKinds().contains(ChangeKind.SOURCE_BLIND)) {
                return;
            }
            if (alert.getState() == AlertState.OPEN) {
                open.add(alert.getId());
            } else {
                open.remove(alert.getId());
            }
        });
        return open;
    }
}
