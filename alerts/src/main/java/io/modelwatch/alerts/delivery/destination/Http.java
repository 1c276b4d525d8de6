package io.modelwatch.alerts.delivery.destination;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Speaks HTTP with one endpoint. Redirects are never followed: they would carry a message, and its signature or token, to
 * a place that nobody configured, which may lie inside the network.
 */
final class Http implements AutoCloseable {

    /** Statuses below 500 that say "later". */
    private static final Set<Integer> LATER = Set.of(408, 425, 429);

    private final HttpClient client;
    private final Surroundings surroundings;

    /** @param trust which certificates are trusted; null for those that Java trusts */
    Http(Surroundings surroundings, @Nullable SSLContext trust) {
        this.surroundings = surroundings;
        HttpClient.Builder builder = HttpClient.newBuilder()
                // An upgrade to HTTP/2 in the clear confuses more endpoints than it serves.
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(surroundings.limits().connect())
                .followRedirects(HttpClient.Redirect.NEVER);
        if (trust != null) {
            builder.sslContext(trust);
        }
        this.client = builder.build();
    }

    /**
     * Makes one request.
     *
     * @param headers request headers
     * @param body body, or null where there is none
     * @param secrets what must not appear in an error
     * @return the answer, whose status is 2xx
     * @throws DeliveryException if the status is another one, or there is no answer
     */
    Answer exchange(
            String method, URI uri, Map<String, String> headers, byte @Nullable [] body, Collection<String> secrets)
            throws DeliveryException, InterruptedException {
        Answer answer = ask(method, uri, headers, body);
        int status = answer.status();
        if (status / 100 == 2) {
            return answer;
        }
        String what = status(status) + " from " + place(uri);
        if (status / 100 == 3) {
            throw DeliveryException.refused(what + redirect(uri, answer));
        }
        what += Words.of(answer, hidden(uri, secrets));
        if (status >= 500 || LATER.contains(status)) {
            throw DeliveryException.passing(what, retryAfter(answer));
        }
        throw DeliveryException.refused(what);
    }

    private Answer ask(String method, URI uri, Map<String, String> headers, byte @Nullable [] body)
            throws DeliveryException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(surroundings.limits().answer())
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body))
                .header("User-Agent", "modelwatch");
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        try {
            headers.forEach(request::setHeader);
        } catch (IllegalArgumentException e) {
            // The exception's own message quotes the value.
            throw DeliveryException.passing("a secret has a character that cannot be sent in a header");
        }
        try {
            HttpResponse<byte[]> response = client.send(
                    request.build(),
                    info -> new HeadOfBody(surroundings.limits().bodyBytes()));
            return new Answer(response.statusCode(), response.headers(), response.body());
        } catch (IOException e) {
            throw DeliveryException.passing("no answer from " + place(uri) + " (" + reason(e) + ")");
        }
    }

    /** In words of our own: the exception's may quote the address, and are none for people. */
    private static String reason(IOException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException) {
                return "no such host is known";
            }
            if (cause instanceof SSLException) {
                return "TLS: " + Words.clean(String.valueOf(cause.getMessage()), List.of());
            }
        }
        return switch (e) {
            case HttpConnectTimeoutException late -> "no connection in time";
            case HttpTimeoutException late -> "nothing came in time";
            case ConnectException nobody -> "no connection";
            default -> "the connection broke off: " + e.getClass().getSimpleName();
        };
    }

    private static String redirect(URI uri, Answer answer) {
        String location = answer.headers().firstValue("Location").orElse("");
        String host;
        try {
            host = String.valueOf(uri.resolve(location).getHost());
        } catch (IllegalArgumentException e) {
            host = "something that is no address";
        }
        return ": a redirect to " + Words.clean(host, List.of())
                + ", which is never followed; if it is right, set the address that it leads to";
    }

    private @Nullable Duration retryAfter(Answer answer) {
        String text = answer.headers().firstValue("Retry-After").orElse("").strip();
        Duration wait = null;
        if (text.matches("\\d{1,9}")) {
            wait = Duration.ofSeconds(Long.parseLong(text));
        } else if (!text.isEmpty()) {
            try {
                Instant until = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                        .toInstant();
                wait = Duration.between(surroundings.clock().instant(), until);
            } catch (DateTimeException e) {
                return null;
            }
        }
        return wait == null || wait.isNegative() ? null : wait;
    }

    /** Of an address that is a secret, an endpoint may quote any part. */
    private static Collection<String> hidden(URI uri, Collection<String> secrets) {
        List<String> hidden = new ArrayList<>(secrets);
        hidden.add(uri.toString());
        hidden.addAll(Arrays.asList(String.valueOf(uri.getRawPath()).split("/", -1)));
        hidden.addAll(Arrays.asList(String.valueOf(uri.getRawQuery()).split("[&=]", -1)));
        return hidden;
    }

    /** Returns an address without path and query, which may be secret. */
    static String place(URI uri) {
        return uri.getScheme() + "://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
    }

    /**
     * Returns an address that was read from a secret.
     *
     * @throws DeliveryException if it is none; the error does not quote it
     */
    static URI uri(String text, Secret from) throws DeliveryException {
        try {
            URI uri = URI.create(text);
            if (uri.getHost() != null && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // Told below, without the text.
        }
        throw DeliveryException.passing("what is kept as " + from + " is no http or https address");
    }

    private static String status(int status) {
        String name =
                switch (status) {
                    case 301 -> " Moved Permanently";
                    case 302 -> " Found";
                    case 303 -> " See Other";
                    case 307 -> " Temporary Redirect";
                    case 308 -> " Permanent Redirect";
                    case 400 -> " Bad Request";
                    case 401 -> " Unauthorized";
                    case 403 -> " Forbidden";
                    case 404 -> " Not Found";
                    case 410 -> " Gone";
                    case 413 -> " Content Too Large";
                    case 422 -> " Unprocessable Content";
                    case 429 -> " Too Many Requests";
                    case 500 -> " Internal Server Error";
                    case 502 -> " Bad Gateway";
                    case 503 -> " Service Unavailable";
                    case 504 -> " Gateway Timeout";
                    default -> "";
                };
        return status + name;
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
