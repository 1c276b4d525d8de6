package io.modelwatch.streams.lineage;

import io.modelwatch.streams.OriginTable;
import java.util.List;

/**
 * What the lineage topology is told from outside.
 *
 * @param origins which organisation and country stand behind a root
 * @param licenses which licence is more permissive than which
 * @param watched globs over package URLs ({@code *} stands for any run of characters): a new derivative of a model that
 *     one of them matches is a change of its own
 */
public record LineageConfig(OriginTable origins, LicenseTable licenses, List<String> watched) {

    private static final int MAX_WATCHED = 100;

    /** Copies the globs and checks them. */
    public LineageConfig {
        watched = List.copyOf(watched);
        if (watched.size() > MAX_WATCHED) {
            throw new IllegalArgumentException("lineage.watched: " + watched.size() + " globs; at most " + MAX_WATCHED
                    + " are held against every new ancestry");
        }
        for (String glob : watched) {
            if (!glob.startsWith("pkg:") && !glob.startsWith("*")) {
                throw new IllegalArgumentException("lineage.watched: '" + glob
                        + "' matches no package URL: it must begin with pkg: or *, for example pkg:huggingface/Qwen/*");
            }
        }
    }

    /** Returns the tables that ship with modelwatch, and nothing watched. */
    public static LineageConfig shipped() {
        return new LineageConfig(OriginTable.shipped(), LicenseTable.shipped(), List.of());
    }
}
