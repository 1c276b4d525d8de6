package io.modelwatch.producers.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.http.Reach;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.producers.source.Token;
import java.net.URI;
import java.net.URLEncoder;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How a registry's {@code WWW-Authenticate} is answered (distribution specification, token authentication).
 *
 * @param user name of an account, or null for nobody's
 * @param password where its password or access token is kept
 */
public record Login(@Nullable String user, Token password) {

    /** Nobody in particular: most public registries give nobody a token too. */
    public static final Login ANONYMOUS = new Login(null, new Token(null, null));

    private static final Pattern PARAMETER = Pattern.compile("(\\w{1,32})=\"([^\"]{0,2048})\"");

    /**
     * Returns what to send as {@code Authorization}.
     *
     * @param reach how far inside the place may lie that the registry names
     * @param challenge what the registry wants
     * @param why the error that stands where nothing can be answered
     */
    String answer(HttpFetcher http, Reach reach, String challenge, String repository, URI registry, SourceException why)
            throws SourceException, InterruptedException {
        String secret = password.read(System::getenv);
        String basic = user == null || secret == null
                ? null
                : "Basic " + Base64.getEncoder().encodeToString((user + ":" + secret).getBytes(UTF_8));
        if (challenge.regionMatches(true, 0, "Basic", 0, 5)) {
            if (basic == null) {
                throw password.explain(why, secret != null);
            }
            return basic;
        }
        Map<String, String> parameters = new HashMap<>();
        Matcher matcher = PARAMETER.matcher(challenge);
        while (matcher.find()) {
            parameters.put(matcher.group(1), matcher.group(2));
        }
        URI realm = realm(parameters.get("realm"), registry, why);
        if (!reach.admits(registry, realm)) {
            throw new SourceException(
                    "the registry names a place to get a token that lies further inside than itself, " + realm.getHost()
                            + ": not asked",
                    why);
        }
        String scope = parameters.getOrDefault("scope", "repository:" + repository + ":pull");
        String query = "scope=" + URLEncoder.encode(scope, UTF_8);
        if (parameters.containsKey("service")) {
            query = "service=" + URLEncoder.encode(parameters.get("service"), UTF_8) + "&" + query;
        }
        URI uri = URI.create(realm + (realm.getRawQuery() == null ? "?" : "&") + query);
        Json.Document document;
        try {
            document = Json.get(http, uri, basic == null ? Map.of() : Map.of("Authorization", basic));
        } catch (SourceException e) {
            throw password.explain(e, secret != null);
        }
        String token = Json.text(document.root(), "token");
        if (token == null) {
            token = Json.text(document.root(), "access_token");
        }
        if (token == null || !token.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw new SourceException("no token in the answer of " + realm.getHost(), why);
        }
        return "Bearer " + token;
    }

    /** The password goes there: never over an open line, unless the registry itself is on one. */
    private static URI realm(@Nullable String given, URI registry, SourceException why) throws SourceException {
        try {
            URI realm = given == null ? null : URI.create(given);
            if (realm != null
                    && realm.getHost() != null
                    && ("https".equals(realm.getScheme()) || HttpFetcher.sameOrigin(registry, realm))) {
                return realm;
            }
        } catch (IllegalArgumentException e) {
            throw new SourceException("the registry names no usable place to get a token", e);
        }
        throw new SourceException("the registry names no safe place to get a token", why);
    }
}
