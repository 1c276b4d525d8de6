package io.modelwatch.app.cli;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;

/** The HTTP API as the commands see it; every failure is a {@link CliException} that says what to do. */
final class ApiClient {
    /** Decimals keep every digit: what comes out must be what the API said, to the last place of a price. */
    static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    /** Items asked for at once: as many as the API gives. */
    private static final int PAGE = 1000;

    private static final int ATTEMPTS = 5;
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration POST_TIMEOUT = Duration.ofMinutes(2);
    /** The server ends a wait when nothing moves any more; how long all takes depends on the size of the file. */
    private static final Duration WAIT_TIMEOUT = Duration.ofHours(12);

    /** What was asked for is not there, while the API itself works. */
    static final class NotFound extends CliException {
        private static final long serialVersionUID = 1L;

        NotFound(String message) {
            super(message);
        }
    }

    private final String base;
    private final String token;
    private final HttpClient http;

    private ApiClient(String base, String token, @Nullable SSLContext trust) {
        this.base = base;
        this.token = token;
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5));
        this.http = (trust == null ? builder : builder.sslContext(trust)).build();
    }

    /**
     * @param token sent with each request, or empty for none
     * @param trust whose certificates are believed, or null for those that Java believes
     * @throws IllegalArgumentException if `url` is not an http(s) address, or has an account, which errors would show
     */
    static ApiClient of(String url, String token, @Nullable SSLContext trust) {
        URI uri = URI.create(url);
        boolean web = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
        if (!web || uri.getHost() == null || uri.getRawUserInfo() != null) {
            throw new IllegalArgumentException(url);
        }
        return new ApiClient(url.replaceAll("/+$", ""), token, trust);
    }

    /** As above, of a server on this machine that asks for no token. */
    static ApiClient of(String url) {
        return of(url, "", null);
    }

    private URI uri(String path, Map<String, String> query) {
        String parameters = query.entrySet().stream()
                .filter(entry -> !entry.getValue().isEmpty())
                .map(entry -> entry.getKey() + "=" + encode(entry.getValue()))
                .collect(Collectors.joining("&"));
        return URI.create(base + path + (parameters.isEmpty() ? "" : "?" + parameters));
    }

    /** One JSON answer; `query` entries with an empty value are left out. */
    JsonNode get(String path, Map<String, String> query) {
        return json(answer(path, query, READ_TIMEOUT));
    }

    /** As above, of what may take the server long. */
    JsonNode get(String path, Map<String, String> query, Duration patience) {
        return json(answer(path, query, patience));
    }

    /** One answer as it stands: the bytes of a bill are part of what it is. */
    String text(String path, Map<String, String> query) {
        return answer(path, query, READ_TIMEOUT).body();
    }

    private HttpResponse<String> answer(String path, Map<String, String> query, Duration patience) {
        HttpResponse<String> answer = send(request(uri(path, query))
                .header("Accept", "application/json")
                .timeout(patience)
                .build());
        if (answer.statusCode() != 200) {
            throw refused(answer);
        }
        return answer;
    }

    /** Hands over every item of a list, page after page. */
    void forEach(String path, Map<String, String> filters, Consumer<JsonNode> each) {
        Map<String, String> query = new LinkedHashMap<>(filters);
        query.put("limit", Integer.toString(PAGE));
        String next;
        do {
            JsonNode page = get(path, query);
            page.path("items").forEach(each);
            next = Text.at(page, "next");
            query.put("after", next);
        } while (!next.isEmpty());
    }

    /** Has something done; `query` entries with an empty value are left out. */
    JsonNode post(String path, Map<String, String> query) {
        HttpResponse<String> answer = send(request(uri(path, query))
                .timeout(POST_TIMEOUT)
                .POST(BodyPublishers.noBody())
                .build());
        if (answer.statusCode() != 200) {
            throw refused(answer);
        }
        return json(answer);
    }

    /** Posts JSON Lines. A retry is harmless: the ids of records are digests of their content. */
    JsonNode post(String path, byte[] lines, boolean wait) {
        HttpRequest request = request(URI.create(base + path + (wait ? "?wait=true" : "")))
                .header("Content-Type", "application/x-ndjson")
                .timeout(wait ? WAIT_TIMEOUT : POST_TIMEOUT)
                .POST(BodyPublishers.ofByteArray(lines))
                .build();
        for (int attempt = 1; ; attempt++) {
            HttpResponse<String> answer = send(request);
            if (answer.statusCode() == 503 && attempt < ATTEMPTS) {
                pause(retryAfter(answer, attempt));
                continue;
            }
            boolean lineErrors =
                    answer.statusCode() == 422 && json(answer).path("errors").isArray();
            if (answer.statusCode() / 100 != 2 && !lineErrors) {
                throw refused(answer);
            }
            return json(answer);
        }
    }

    private HttpRequest.Builder request(URI uri) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri);
        return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
    }

    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    static void pause(Duration duration) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CliException("interrupted");
        }
    }

    private static Duration retryAfter(HttpResponse<?> answer, int attempt) {
        String header = answer.headers().firstValue("Retry-After").orElse("");
        return header.matches("\\d{1,4}")
                ? Duration.ofSeconds(Math.min(Long.parseLong(header), 10))
                : Duration.ofMillis(200L << attempt);
    }

    /** Waits where the API says that it is asked too often. */
    private HttpResponse<String> send(HttpRequest request) {
        for (int attempt = 1; ; attempt++) {
            HttpResponse<String> answer = sendOnce(request);
            if (answer.statusCode() != 429 || attempt == ATTEMPTS) {
                return answer;
            }
            pause(retryAfter(answer, attempt));
        }
    }

    private HttpResponse<String> sendOnce(HttpRequest request) {
        try {
            return http.send(request, BodyHandlers.ofString());
        } catch (ConnectException e) {
            throw new CliException("no modelwatch answers at " + base
                    + ": start one with `modelwatch up`, or name another with --url");
        } catch (SSLException e) {
            throw new CliException("the certificate of " + base + " is not trusted (" + e.getMessage()
                    + "): name its authority with --ca-file, and call the server by a name that is in it");
        } catch (HttpTimeoutException e) {
            throw new CliException(base + " did not answer in time: is it busy or still starting?");
        } catch (IOException e) {
            throw new CliException("the connection to " + base + " broke: " + e.getMessage() + "; try again");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CliException("interrupted");
        }
    }

    private JsonNode json(HttpResponse<String> answer) {
        try {
            return JSON.readTree(answer.body());
        } catch (JacksonException e) {
            throw new CliException(answer.uri() + " answered " + answer.statusCode()
                    + " with something that is not JSON: is --url the address of modelwatch?");
        }
    }

    /** Shows a problem+json (RFC 9457) as its title and detail. */
    private static CliException refused(HttpResponse<String> answer) {
        String said = "";
        try {
            JsonNode problem = JSON.readTree(answer.body());
            String title = Text.at(problem, "title");
            String detail = Text.at(problem, "detail");
            said = title + (title.isEmpty() || detail.isEmpty() ? "" : ": ") + detail;
        } catch (JacksonException notJson) {
            // The status alone has to do.
        }
        String message = said.isEmpty() ? answer.uri() + " answered HTTP " + answer.statusCode() : said;
        return answer.statusCode() == 404 ? new NotFound(message) : new CliException(message);
    }
}
