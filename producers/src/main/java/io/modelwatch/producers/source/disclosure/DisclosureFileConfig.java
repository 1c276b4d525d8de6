package io.modelwatch.producers.source.disclosure;

import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.Token;
import java.util.Set;

/**
 * Settings of a source that reads a vendor's disclosures.
 *
 * @param url address of the file
 * @param vendor who speaks there; it can speak for nobody else
 * @param token where the token is kept, if one is needed
 */
public record DisclosureFileConfig(String url, String vendor, Token token) {

    /** Legal keys. */
    public static final Set<String> KEYS = Set.of("url", "vendor", "tokenEnv", "tokenFile", "requestsPerSecond");

    /** Checks the vendor. */
    public DisclosureFileConfig {
        if (!vendor.equals(vendor.strip()) || vendor.length() > 200) {
            throw new IllegalArgumentException(
                    "vendor: the name that deployments give as theirs, at most 200 characters");
        }
    }

    /** Reads the settings. */
    public static DisclosureFileConfig of(Settings settings) {
        String url = settings.url("url", settings.required("url"));
        return new DisclosureFileConfig(url, settings.required("vendor"), settings.token(null));
    }
}
