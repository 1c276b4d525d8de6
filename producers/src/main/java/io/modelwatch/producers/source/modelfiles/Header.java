package io.modelwatch.producers.source.modelfiles;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a file says of the model in it.
 *
 * @param attributes as facts have them
 * @param license as the file names it, or null
 * @param bases addresses of the repositories that it was made from
 */
record Header(Map<String, Object> attributes, @Nullable String license, List<String> bases) {

    /** Copies them. */
    Header {
        attributes = Map.copyOf(attributes);
        bases = List.copyOf(bases);
    }
}
