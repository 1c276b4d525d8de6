package io.modelwatch.history.bills;

import com.github.packageurl.MalformedPackageURLException;
import com.github.packageurl.PackageURL;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a model's package URL that other formats have fields for.
 *
 * @param group namespace, or null
 * @param name the last part of the path; of what is no package URL, all of it
 * @param purl package URL with the revision as its version, or null where it is none
 */
record ModelName(
        @Nullable String group, String name, @Nullable String purl) {

    /** @param revision of the model, or null */
    static ModelName of(String model, @Nullable String revision) {
        try {
            PackageURL url = new PackageURL(model);
            String purl = revision == null
                    ? url.canonicalize()
                    : url.toBuilder().withVersion(revision).build().canonicalize();
            return new ModelName(url.getNamespace(), url.getName(), purl);
        } catch (MalformedPackageURLException | IllegalArgumentException e) {
            return new ModelName(null, model, null);
        }
    }
}
