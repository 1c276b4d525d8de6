package io.modelwatch.producers.telemetry;

import io.modelwatch.schemas.avro.Traffic;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one export of traces says.
 *
 * @param traffic one record a route
 * @param rejected spans of models that cannot be used
 * @param reason why the first of them cannot, null where none was rejected
 */
public record SpanBatch(
        List<Traffic> traffic, long rejected, @Nullable String reason) {

    /** Copies the list. */
    public SpanBatch {
        traffic = List.copyOf(traffic);
    }
}
