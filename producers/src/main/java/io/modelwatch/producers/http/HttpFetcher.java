package io.modelwatch.producers.http;

import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON over HTTP within {@link HttpLimits}: retries what may pass, honours {@code Retry-After}, asks conditionally
 * where a server gave a validator, and says in words what went wrong. Thread-safe.
 */
public final class HttpFetcher implements AutoCloseable {

    private static final int MAX_REDIRECTS = 5;
    private static final String ACCEPT = "Accept";
    private static final Set<Integer> RETRIABLE = Set.of(408, 429, 500, 502, 503, 504);
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

    private final HttpClient client;
    private final HttpLimits limits;
    private final Turns turns;
    private final KeptBodies kept;

    /**
     * @param limits bounds of every read
     * @param wall tells how far off a date in {@code Retry-After} is
     */
    public HttpFetcher(HttpLimits limits, InstantSource wall) {
        this(
                HttpClient.newBuilder()
                        .connectTimeout(limits.connectTimeout())
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .build(),
                limits,
                new Turns(limits, wall),
                new KeptBodies());
    }

    private HttpFetcher(HttpClient client, HttpLimits limits, Turns turns, KeptBodies kept) {
        this.client = client;
        this.limits = limits;
        this.turns = turns;
        this.kept = kept;
    }

    /** Returns a fetcher with a rate of its own that shares the connections. */
    public HttpFetcher withRequestsPerSecond(int rate) {
        if (rate == 0) {
            return this;
        }
        HttpLimits other = limits.withRequestsPerSecond(rate);
        return new HttpFetcher(client, other, turns.with(other), kept);
    }

    /**
     * Reads JSON. Where the server says that nothing changed, the body it gave before comes back.
     *
     * @param headers request headers; their values appear in no error
     * @throws FetchException if it cannot be read within the limits
     * @throws InterruptedException if the thread is interrupted while it waits
     */
    public Fetched getJson(URI uri, Map<String, String> headers) throws FetchException, InterruptedException {
        return fetch(uri, headers, null);
    }

    /**
     * Reads what is no JSON. Where the server says that nothing changed, the body it gave before comes back.
     *
     * @param accept media types that are wanted; another one is taken too, and is for the caller to refuse
     * @throws FetchException if it cannot be read within the limits
     * @throws InterruptedException if the thread is interrupted while it waits
     */
    public Fetched getText(URI uri, Map<String, String> headers, String accept)
            throws FetchException, InterruptedException {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put(ACCEPT, accept);
        return fetch(uri, all, null);
    }

    /**
     * Asks with a JSON body, for servers that take a question this way: it must change nothing there, since it is tried
     * again as a GET would be.
     *
     * @param body JSON
     * @throws FetchException if no answer can be read within the limits
     * @throws InterruptedException if the thread is interrupted while it waits
     */
    public Fetched postJson(URI uri, Map<String, String> headers, String body)
            throws FetchException, InterruptedException {
        return fetch(uri, headers, body);
    }

    private Fetched fetch(URI uri, Map<String, String> headers, @Nullable String body)
            throws FetchException, InterruptedException {
        IntervalFunction backoff = IntervalFunction.ofExponentialRandomBackoff(limits.backoff(), 2.0, 0.5);
        RetryConfig config = RetryConfig.<Fetched>custom()
                .maxAttempts(limits.attempts())
                .retryOnException(e -> e instanceof FetchException f && f.retriable())
                .intervalBiFunction((attempt, outcome) -> {
                    long wait = backoff.apply(attempt);
                    if (outcome.isLeft() && outcome.getLeft() instanceof FetchException f && f.retryAfter() != null) {
                        wait = Math.max(wait, f.retryAfter().toMillis());
                    }
                    return Math.max(1, Math.min(wait, limits.maxWait().toMillis()));
                })
                .build();
        try {
            return Retry.of("get", config).executeCallable(() -> follow(uri, headers, body));
        } catch (FetchException | InterruptedException | RuntimeException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private Fetched follow(URI start, Map<String, String> headers, @Nullable String body)
            throws FetchException, InterruptedException {
        URI uri = start;
        for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
            // Held from here to the answer: others may push it out meanwhile, and a 304 has no body.
            Fetched before = body == null ? kept.before(uri, headers) : null;
            HttpResponse<byte[]> answer = send(uri, headers, body, before);
            if (!REDIRECTS.contains(answer.statusCode())) {
                return judge(uri, headers, body, before, answer);
            }
            URI from = uri;
            String location = answer.headers()
                    .firstValue("Location")
                    .orElseThrow(() ->
                            FetchException.of(from, answer.statusCode() + " without Location", answer.statusCode()));
            try {
                uri = uri.resolve(location);
            } catch (IllegalArgumentException e) {
                throw FetchException.of(from, "a redirect to something that is no address", answer.statusCode());
            }
            // Another host would get the token, and evidence would name a place that nobody configured.
            if (!sameOrigin(from, uri)) {
                throw new FetchException(
                        from,
                        "a redirect to another host, " + uri.getHost() + " (set it as baseUrl if right),",
                        answer.statusCode(),
                        false,
                        null,
                        null,
                        answer.headers());
            }
        }
        throw FetchException.of(start, "more than " + MAX_REDIRECTS + " redirects", 0);
    }

    /**
     * Asks, once, for the headers of an answer alone.
     *
     * @throws FetchException if the answer is another than 200
     * @throws InterruptedException if the thread is interrupted while it waits
     */
    public HttpHeaders head(URI uri, Map<String, String> headers) throws FetchException, InterruptedException {
        turns.await(uri, headers);
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(limits.requestTimeout())
                .method("HEAD", HttpRequest.BodyPublishers.noBody())
                .header("User-Agent", "modelwatch");
        headers.forEach(request::setHeader);
        try {
            HttpResponse<byte[]> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            if (answer.statusCode() != 200) {
                throw refused(uri, headers, answer);
            }
            return answer.headers();
        } catch (FetchException e) {
            throw e;
        } catch (IOException e) {
            String name = e.getClass().getSimpleName().replace("Exception", "");
            throw new FetchException(uri, "no answer (" + name + ")", 0, true, null, e);
        }
    }

    /** Returns whether two addresses share scheme, host and port. */
    public static boolean sameOrigin(URI a, URI b) {
        return a.getHost() != null
                && a.getHost().equalsIgnoreCase(b.getHost())
                && a.getPort() == b.getPort()
                && String.valueOf(a.getScheme()).equalsIgnoreCase(b.getScheme());
    }

    private HttpResponse<byte[]> send(
            URI uri, Map<String, String> headers, @Nullable String body, @Nullable Fetched before)
            throws FetchException, InterruptedException {
        turns.await(uri, headers);
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(limits.requestTimeout())
                .header(ACCEPT, "application/json")
                .header("User-Agent", "modelwatch");
        if (body != null) {
            request.header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body));
        }
        headers.forEach(request::setHeader);
        if (before != null) {
            KeptBodies.ask(request, before);
        }
        BoundedBody bounded = new BoundedBody(limits.maxBodyBytes());
        CompletableFuture<HttpResponse<byte[]>> exchange = client.sendAsync(request.build(), info -> bounded);
        try {
            return exchange.get(limits.overallTimeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            exchange.cancel(true);
            throw new FetchException(
                    uri, "no end of the body after " + limits.overallTimeout().toMillis() + " ms", 0, false, null, e);
        } catch (InterruptedException e) {
            exchange.cancel(true);
            throw e;
        } catch (ExecutionException | CancellationException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (bounded.tooLarge()) {
                throw new FetchException(
                        uri, "a body of more than " + limits.maxBodyBytes() + " bytes", 0, false, null, cause);
            }
            String name = cause.getClass().getSimpleName().replace("Exception", "");
            throw new FetchException(uri, "no answer (" + name + ")", 0, cause instanceof IOException, null, cause);
        }
    }

    private Fetched judge(
            URI uri,
            Map<String, String> headers,
            @Nullable String body,
            @Nullable Fetched before,
            HttpResponse<byte[]> answer)
            throws FetchException {
        int status = answer.statusCode();
        if (status == 304) {
            if (before == null) {
                throw FetchException.of(uri, "304 Not Modified without a condition", status);
            }
            return before;
        }
        if (status != 200) {
            throw refused(uri, headers, answer);
        }
        String encoding = answer.headers().firstValue("Content-Encoding").orElse("identity");
        if (!encoding.equalsIgnoreCase("identity")) {
            throw FetchException.of(uri, "a compressed body, which was not asked for,", status);
        }
        // Whoever asked for something else than JSON says so in this header.
        boolean json = headers.getOrDefault(ACCEPT, "json").contains("json");
        String type = answer.headers().firstValue("Content-Type").orElse("").toLowerCase(Locale.ROOT);
        if (json && (type.contains("html") || firstIs(answer.body(), '<'))) {
            throw FetchException.of(uri, "a page (HTML) where JSON was expected", status);
        }
        if (json
                && !type.isEmpty()
                && !type.contains("json")
                && !type.startsWith("text/plain")
                && !type.startsWith("application/octet-stream")) {
            throw FetchException.of(
                    uri,
                    "content type " + type.replaceAll("[^a-z0-9/+.;= -]", "") + " where JSON was expected",
                    status);
        }
        Fetched fetched = new Fetched(uri, answer.headers(), answer.body());
        if (body == null) {
            kept.keep(uri, headers, fetched);
        }
        return fetched;
    }

    private FetchException refused(URI uri, Map<String, String> headers, HttpResponse<byte[]> answer) {
        int status = answer.statusCode();
        Duration wait = RETRIABLE.contains(status) ? turns.retryAfter(answer) : null;
        if (wait != null && wait.compareTo(limits.maxWait()) > 0) {
            // Asking again before that would only prolong it: this sweep is given up, and so is every one until then.
            Instant until = turns.defer(uri, headers, wait);
            return FetchException.of(
                    uri, Refusal.words(status) + " (not to be asked again before " + until + ")", status);
        }
        String what = Refusal.words(status);
        if (status == 400 || status == 422) {
            List<String> sent = new ArrayList<>(headers.values());
            sent.addAll(EvidenceUrl.keys(uri));
            String says = Refusal.words(answer.body(), sent);
            what += says.isEmpty() ? "" : " (it says: " + says + ")";
        }
        return new FetchException(uri, what, status, RETRIABLE.contains(status), wait, null, answer.headers());
    }

    private static boolean firstIs(byte[] body, char wanted) {
        for (byte b : body) {
            if (b > ' ') {
                return b == wanted;
            }
        }
        return false;
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
