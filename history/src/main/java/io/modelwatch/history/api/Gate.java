package io.modelwatch.history.api;

import io.javalin.http.Context;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Lets in who bears a token of the role that a route needs, and nobody too often. */
final class Gate {
    private static final String BEARER = "Bearer ";

    /** Nobody's token is longer, and digests cost time. */
    private static final int MOST = 512;

    private static final String TOKEN = "modelwatch.token";

    /** What one that has expired is called. */
    private static final String EXPIRED = "modelwatch.expired";

    private static final String INVALID = ", error=\"invalid_token\"";

    private final List<ApiToken> tokens;
    private final RateLimit rate;
    private final InstantSource clock;

    Gate(ApiConfig config, InstantSource clock) {
        this.clock = clock;
        this.tokens = config.tokens();
        this.rate = new RateLimit(config.rate());
    }

    /** @throws Problem if the client has asked too often; who has no token is known by its address */
    void admit(Context context) {
        ApiToken token = token(context);
        if (token != null) {
            context.attribute(token.isExpired(clock.instant()) ? EXPIRED : TOKEN, token);
        }
        Duration wait = rate.take(token == null ? "address " + context.ip() : "token " + token.name());
        if (!wait.isZero()) {
            long seconds = Math.max(1, wait.toSeconds());
            throw new Problem(429, "too many requests; at most " + rate.perSecond() + " a second are served")
                    .header("Retry-After", Long.toString(seconds));
        }
    }

    /** @throws Problem if the client may not do what needs a role */
    void require(Context context, @Nullable ApiRole needed) {
        if (tokens.isEmpty() || needed == null) {
            return;
        }
        ApiToken token = context.attribute(TOKEN);
        if (token == null) {
            throw unknown(context);
        }
        if (!token.role().grants(needed)) {
            throw new Problem(
                            403,
                            "the token '" + token.name() + "' has the role " + word(token.role()) + "; this needs "
                                    + word(needed))
                    .header("WWW-Authenticate", "Bearer realm=\"modelwatch\", error=\"insufficient_scope\"");
        }
    }

    /** Returns the name of the token by which a request came, or null without one. */
    static @Nullable String bearer(Context context) {
        ApiToken token = context.attribute(TOKEN);
        return token == null ? null : token.name();
    }

    private static Problem unknown(Context context) {
        ApiToken expired = context.attribute(EXPIRED);
        if (expired != null) {
            return unauthorized("the token '" + expired.name() + "' has expired at " + expired.expires(), INVALID);
        }
        return context.header("Authorization") != null
                ? unauthorized("the token is not known here", INVALID)
                : unauthorized(
                        "a token is needed, as 'Authorization: Bearer TOKEN'; the command takes it from --token-file or"
                                + " MODELWATCH_TOKEN",
                        "");
    }

    private static Problem unauthorized(String words, String more) {
        return new Problem(401, words).header("WWW-Authenticate", "Bearer realm=\"modelwatch\"" + more);
    }

    static String word(ApiRole role) {
        return role.name().toLowerCase(Locale.ROOT);
    }

    private @Nullable ApiToken token(Context context) {
        String header = context.header("Authorization");
        if (tokens.isEmpty()
                || header == null
                || header.length() > MOST
                || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return null;
        }
        byte[] digest = ApiToken.digest(header.substring(BEARER.length()).strip());
        ApiToken found = null;
        // All of them, always: the time tells nothing.
        for (ApiToken token : tokens) {
            if (token.is(digest)) {
                found = token;
            }
        }
        return found;
    }
}
