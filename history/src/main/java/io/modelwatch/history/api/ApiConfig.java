package io.modelwatch.history.api;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the API listens and whom it serves.
 *
 * @param host address to listen on; also the name, beside those of loopback, that requests may call it by
 * @param port port to listen on, or 0 for any
 * @param tokens who may do what; none: everybody who reaches it may do everything
 * @param rate requests a second that one client may make, twice as many at once; 0 for any
 * @param tls its certificate, or null where it speaks plain HTTP
 */
public record ApiConfig(
        String host,
        int port,
        List<ApiToken> tokens,
        int rate,
        @Nullable ApiTls tls) {

    /** Copies the list. */
    public ApiConfig {
        tokens = List.copyOf(tokens);
        Set<String> names = new HashSet<>();
        for (ApiToken token : tokens) {
            if (!names.add(token.name())) {
                throw new IllegalArgumentException(
                        "api.tokens: two have the name " + token.name() + "; give each its own");
            }
        }
    }

    /** An API on loopback, for everybody there. */
    public static ApiConfig loopback(int port) {
        return new ApiConfig("127.0.0.1", port, List.of(), 0, null);
    }

    /** Returns {@code https} or {@code http}. */
    public String scheme() {
        return tls == null ? "http" : "https";
    }

    /**
     * Makes sure that nobody is served from outside whom nobody knows.
     *
     * @throws IllegalArgumentException if it listens on more than loopback and has no tokens
     */
    public void requireGuarded() {
        if (tokens.isEmpty() && !isLoopback()) {
            throw new IllegalArgumentException("api.host is " + host
                    + ", which others can reach, and there are no api.tokens: give tokens (docs/api.md says how), or"
                    + " listen on 127.0.0.1");
        }
    }

    private boolean isLoopback() {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
