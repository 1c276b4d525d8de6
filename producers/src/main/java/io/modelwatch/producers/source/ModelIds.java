package io.modelwatch.producers.source;

import com.github.packageurl.MalformedPackageURLException;
import com.github.packageurl.PackageURL;
import org.jspecify.annotations.Nullable;

/** Package URLs of models. */
public final class ModelIds {

    private ModelIds() {}

    /**
     * Returns the canonical package URL of a path, or null if there is none.
     *
     * @param type package URL type, {@code huggingface} or {@code generic}
     * @param path namespace and name, joined by slashes
     */
    public static @Nullable String of(String type, String path) {
        int slash = path.lastIndexOf('/');
        try {
            return new PackageURL(
                            type,
                            slash < 0 ? null : path.substring(0, slash),
                            path.substring(slash + 1),
                            null,
                            null,
                            null)
                    .canonicalize();
        } catch (MalformedPackageURLException e) {
            return null;
        }
    }
}
