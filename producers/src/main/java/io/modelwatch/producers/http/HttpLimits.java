package io.modelwatch.producers.http;

import java.time.Duration;

/**
 * Bounds of reading over HTTP.
 *
 * @param connectTimeout until a connection stands
 * @param requestTimeout until the answer's headers are there
 * @param overallTimeout until the last byte of the body is there: ends bodies that never end
 * @param maxBodyBytes the largest body that is read
 * @param attempts tries of one request, the first included
 * @param backoff wait before the second try; doubles with each further one, with jitter
 * @param maxWait longest wait between two tries; a server that asks for more is not asked again in this sweep
 * @param requestsPerSecond rate limit per host; 0 for the default, under which loopback hosts are not limited
 */
public record HttpLimits(
        Duration connectTimeout,
        Duration requestTimeout,
        Duration overallTimeout,
        int maxBodyBytes,
        int attempts,
        Duration backoff,
        Duration maxWait,
        int requestsPerSecond) {

    private static final int DEFAULT_REQUESTS_PER_SECOND = 5;

    /** Anonymous callers of the Hugging Face Hub have 500 requests in 5 minutes, which all sources share: 300 leave room. */
    private static final int HUGGING_FACE_REQUESTS_PER_SECOND = 1;

    /** Returns what is used where nothing else is said. */
    public static HttpLimits defaults() {
        return new HttpLimits(
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Duration.ofSeconds(120),
                32 << 20,
                4,
                Duration.ofMillis(500),
                Duration.ofSeconds(60),
                0);
    }

    static int defaultRate(String host) {
        return host.equals("huggingface.co") ? HUGGING_FACE_REQUESTS_PER_SECOND : DEFAULT_REQUESTS_PER_SECOND;
    }

    /** Returns the same bounds with another rate. */
    public HttpLimits withRequestsPerSecond(int rate) {
        return new HttpLimits(
                connectTimeout, requestTimeout, overallTimeout, maxBodyBytes, attempts, backoff, maxWait, rate);
    }
}
