package io.modelwatch.producers.http;

import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** When a server may be asked again: by the rate of its host, and by what it said itself. Thread-safe. */
final class Turns {

    /** How the Hub says in {@code RateLimit} when its window ends: {@code "api";r=0;t=235}. */
    private static final Pattern RESET = Pattern.compile(";\\s*t=(\\d{1,9})");

    private final HttpLimits limits;
    private final InstantSource wall;
    private final Map<String, RateLimiter> limiters = new ConcurrentHashMap<>();

    /** Servers that asked for more patience than a sweep has, by host and account, and until when. */
    private final Map<String, Instant> notBefore;

    /** @param wall tells how far off a date in {@code Retry-After} is */
    Turns(HttpLimits limits, InstantSource wall) {
        this(limits, wall, new ConcurrentHashMap<>());
    }

    private Turns(HttpLimits limits, InstantSource wall, Map<String, Instant> notBefore) {
        this.limits = limits;
        this.wall = wall;
        this.notBefore = notBefore;
    }

    /** Returns turns of another rate that know what servers asked for. */
    Turns with(HttpLimits other) {
        return new Turns(other, wall, notBefore);
    }

    /** Keeps to the rate, and to what the server asked for. */
    void await(URI uri, Map<String, String> headers) throws FetchException, InterruptedException {
        Instant until = notBefore.get(account(uri, headers));
        if (until != null && wall.instant().isBefore(until)) {
            throw FetchException.of(uri, "not asked before " + until + ", as the server wished: nothing", 429);
        }
        RateLimiter limiter = limiter(uri);
        if (limiter != null && !limiter.acquirePermission()) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            throw FetchException.of(uri, "no turn within the rate limit to read", 0);
        }
    }

    /** Remembers that a server is not to be asked for a time, and returns until when. */
    Instant defer(URI uri, Map<String, String> headers, Duration wait) {
        Instant until = wall.instant().plus(wait);
        notBefore.put(account(uri, headers), until);
        return until;
    }

    private static String account(URI uri, Map<String, String> headers) {
        return uri.getScheme() + "://" + uri.getAuthority() + "#" + headers.hashCode();
    }

    private @Nullable RateLimiter limiter(URI uri) {
        String host = String.valueOf(uri.getHost());
        int rate = limits.requestsPerSecond();
        if (rate == 0) {
            if (host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]")) {
                return null;
            }
            rate = HttpLimits.defaultRate(host);
        }
        RateLimiterConfig config = RateLimiterConfig.custom()
                .limitForPeriod(rate)
                .limitRefreshPeriod(Duration.ofSeconds(1))
                .timeoutDuration(limits.overallTimeout())
                .build();
        return limiters.computeIfAbsent(host, h -> RateLimiter.of(h, config));
    }

    /** Returns how long a server wants to be left alone, or null where it does not say. */
    @Nullable
    Duration retryAfter(HttpResponse<?> answer) {
        String text = answer.headers().firstValue("Retry-After").orElse("").trim();
        if (text.isEmpty()) {
            Matcher reset =
                    RESET.matcher(answer.headers().firstValue("RateLimit").orElse(""));
            return answer.statusCode() == 429 && reset.find()
                    ? Duration.ofSeconds(Long.parseLong(reset.group(1)))
                    : null;
        }
        if (text.matches("\\d{1,9}")) {
            return Duration.ofSeconds(Long.parseLong(text));
        }
        try {
            Instant until = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            Duration wait = Duration.between(wall.instant(), until);
            return wait.isNegative() ? Duration.ZERO : wait;
        } catch (DateTimeException e) {
            return null;
        }
    }
}
