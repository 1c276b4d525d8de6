package io.modelwatch.history.api;

import io.javalin.http.Context;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps web pages of others out. Without tokens the API asks nobody who they are, so a browser on the same machine must not be
 * made to talk to it: neither under a foreign name that resolves to loopback (DNS rebinding), nor by a form of another site.
 */
final class Guard {
    private static final Set<String> EVERYWHERE = Set.of("0.0.0.0", "::", "[::]");

    private final String bound;

    /** @param bound the host that the server was told to listen on */
    Guard(String bound) {
        this.bound = bound.toLowerCase(Locale.ROOT);
    }

    /** @throws Problem if the request comes by a foreign name or from another site */
    void check(Context context) {
        String host = context.header("Host");
        // Who listens on every address has chosen to be called by names that we cannot know.
        if (!EVERYWHERE.contains(bound) && (host == null || !isOurs(name(host)))) {
            throw new Problem(421, "this server answers to localhost, loopback addresses and " + bound + " only");
        }
        String origin = context.header("Origin");
        if (origin != null && !isSafe(context.method().name()) && !isSameSite(origin, host)) {
            throw new Problem(403, "requests that come from pages of another site are refused");
        }
    }

    private static boolean isSafe(String method) {
        return method.equals("GET") || method.equals("HEAD");
    }

    private static boolean isSameSite(String origin, @Nullable String host) {
        return host != null
                && (origin.equalsIgnoreCase("http://" + host) || origin.equalsIgnoreCase("https://" + host));
    }

    private boolean isOurs(String name) {
        return name.equals("localhost")
                || name.equals("[::1]")
                || name.matches("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}")
                || name.equals(bound)
                || name.equals("[" + bound + "]");
    }

    private static String name(String host) {
        return host.replaceFirst(":\\d*$", "").toLowerCase(Locale.ROOT);
    }
}
