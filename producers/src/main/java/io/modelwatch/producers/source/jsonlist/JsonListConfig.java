package io.modelwatch.producers.source.jsonlist;

import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.Token;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Settings of a source that is told by a descriptor.
 *
 * @param descriptor how the vendor lists its models
 * @param namespace of the package URLs, {@code pkg:generic/<namespace>/<id>}; the vendor's, or one below it
 * @param url address of the list, with what was configured
 * @param headers further headers, the descriptor's among them
 * @param token where the token is kept
 * @param tokenRequired whether asking without a token is in vain
 * @param maxPages pages a sweep, after which it is partial
 */
public record JsonListConfig(
        Descriptor descriptor,
        String namespace,
        String url,
        Map<String, String> headers,
        Token token,
        boolean tokenRequired,
        int maxPages) {

    /** Legal keys. */
    public static final Set<String> KEYS =
            Set.of("descriptor", "url", "baseUrl", "headers", "tokenEnv", "tokenFile", "maxPages", "requestsPerSecond");

    /**
     * Reads the settings; {@code url} stands for the descriptor's whole address, {@code baseUrl} for its scheme and host.
     */
    public static JsonListConfig of(Settings settings) {
        Descriptor descriptor = Descriptor.load(settings.required("descriptor"));
        Map<String, String> headers = new LinkedHashMap<>(descriptor.headers());
        settings.map("headers").forEach((name, value) -> {
            if (name.equalsIgnoreCase(descriptor.authHeader())) {
                throw new IllegalArgumentException(
                        "headers: " + name + " carries the token: name where it is kept in tokenEnv or tokenFile");
            }
            headers.put(name, value);
        });
        return new JsonListConfig(
                descriptor,
                descriptor.vendor(),
                address(settings, descriptor),
                headers,
                settings.token(descriptor.tokenEnv()),
                // A gateway of one's own in front of the vendor may add the token itself.
                descriptor.tokenRequired() && settings.text("baseUrl") == null,
                settings.number("maxPages", 50, 1, 1000));
    }

    private static String address(Settings settings, Descriptor descriptor) {
        String whole = settings.text("url");
        String base = settings.text("baseUrl");
        if (whole != null && base != null) {
            throw new IllegalArgumentException("give either url, the whole address, or baseUrl, its beginning");
        }
        if (whole != null) {
            return settings.url("url", whole);
        }
        if (descriptor.url() == null) {
            throw new IllegalArgumentException("descriptor '" + settings.required("descriptor")
                    + "': each customer has another address; set yours as url (docs/sources.md shows its form)");
        }
        return base == null
                ? descriptor.url()
                : settings.url("baseUrl", base) + URI.create(descriptor.url()).getRawPath();
    }
}
