package io.modelwatch.producers.source.jsonlist;

import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.Token;
import java.net.URI;
import java.util.Set;

/**
 * Settings of a source that is told by a descriptor.
 *
 * @param descriptor how the vendor lists its models
 * @param url address of the list, with the host that was configured
 * @param token where the token is kept
 * @param tokenRequired whether asking without a token is in vain
 * @param maxPages pages a sweep, after which it is partial
 */
public record JsonListConfig(Descriptor descriptor, String url, Token token, boolean tokenRequired, int maxPages) {

    /** Legal keys. */
    public static final Set<String> KEYS =
            Set.of("descriptor", "baseUrl", "tokenEnv", "tokenFile", "maxPages", "requestsPerSecond");

    /** Reads the settings; {@code baseUrl} stands for scheme and host of the descriptor's address. */
    public static JsonListConfig of(Settings settings) {
        Descriptor descriptor = Descriptor.load(settings.required("descriptor"));
        String url = descriptor.url();
        if (settings.text("baseUrl") != null) {
            url = settings.url("baseUrl", url) + URI.create(url).getRawPath();
        }
        return new JsonListConfig(
                descriptor,
                url,
                settings.token(descriptor.tokenEnv()),
                // A gateway of one's own in front of the vendor may add the token itself.
                descriptor.tokenRequired() && settings.text("baseUrl") == null,
                settings.number("maxPages", 50, 1, 1000));
    }
}
