package io.modelwatch.producers;

import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.http.HttpLimits;
import io.modelwatch.producers.source.DisclosureSource;
import io.modelwatch.producers.source.Source;
import io.modelwatch.producers.source.SourceException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What came of trying a source once: it is read as a sweep would read it, but nothing is published, nothing is tried
 * twice, and a page of each scope is enough.
 *
 * @param name of the source
 * @param type of the source
 * @param fine whether all that was asked for could be read
 * @param words what it sees, or what is wrong
 * @param took how long it took
 */
public record SourceCheck(String name, String type, boolean fine, String words, Duration took) {

    private static final Logger LOGGER = LoggerFactory.getLogger(SourceCheck.class);
    private static final int EXAMPLES = 3;
    private static final int MAX_WORDS = 600;

    /** Ends a sweep that has shown enough. */
    private static final class EnoughException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        EnoughException() {
            super("enough seen", null, false, false);
        }
    }

    /** Returns what to try sources with: one try a request, so that what is wrong is said soon. */
    public static HttpFetcher fetcher() {
        HttpLimits usual = HttpLimits.defaults();
        return new HttpFetcher(
                new HttpLimits(
                        usual.connectTimeout(),
                        usual.requestTimeout(),
                        usual.overallTimeout(),
                        usual.maxBodyBytes(),
                        1,
                        usual.backoff(),
                        usual.maxWait(),
                        usual.requestsPerSecond()),
                InstantSource.system());
    }

    /**
     * Tries a source.
     *
     * @param http what it reads with
     * @throws InterruptedException if the thread is interrupted
     */
    public static SourceCheck of(SourceConfig config, HttpFetcher http) throws InterruptedException {
        long begin = System.nanoTime();
        Seen seen = new Seen();
        try {
            if (config.family().tellsProcurement()) {
                seen.procurement(config, http);
            } else if (config.family().tellsDisclosures()) {
                seen.disclosures(config, http);
            } else {
                seen.scopes(config, http);
            }
        } catch (RuntimeException e) {
            // A bug in a source must not hide what the others see.
            LOGGER.atError().addKeyValue("source", config.name()).setCause(e).log("Check broke");
            seen.wrong.add("internal error (" + e.getClass().getSimpleName() + "), see the log");
        }
        return new SourceCheck(
                config.name(),
                config.type(),
                seen.wrong.isEmpty(),
                seen.words(),
                Duration.ofNanos(System.nanoTime() - begin));
    }

    /** What was seen so far. */
    private static final class Seen {
        private final Set<String> subjects = new LinkedHashSet<>();
        private final List<String> wrong = new ArrayList<>();
        private long count;
        private boolean more;

        void scopes(SourceConfig config, HttpFetcher http) throws InterruptedException {
            Source source = config.open(http, InstantSource.system());
            for (String scope : source.scopes()) {
                try {
                    String left = source.sweep(scope, (page, next) -> {
                        page.forEach(one -> see(one.subject()));
                        if (next != null) {
                            more = true;
                            throw new EnoughException();
                        }
                    });
                    if (left != null) {
                        wrong(scope, left);
                    }
                } catch (EnoughException e) {
                    LOGGER.atTrace().addKeyValue("scope", scope).log("Enough seen");
                } catch (SourceException e) {
                    wrong(scope, String.valueOf(e.getMessage()));
                }
            }
        }

        void procurement(SourceConfig config, HttpFetcher http) throws InterruptedException {
            try {
                String left = config.openProcurement(http, InstantSource.system())
                        .read(null, (events, next) -> {
                            events.forEach(one -> see(one.getId()));
                            if (next != null) {
                                more = true;
                                throw new EnoughException();
                            }
                        });
                if (left != null) {
                    wrong("", left);
                }
            } catch (EnoughException e) {
                LOGGER.atTrace().log("Enough seen");
            } catch (SourceException e) {
                wrong("", String.valueOf(e.getMessage()));
            }
        }

        void disclosures(SourceConfig config, HttpFetcher http) throws InterruptedException {
            try {
                DisclosureSource.Announced announced =
                        config.openDisclosures(http, InstantSource.system()).read();
                announced.disclosures().forEach(one -> see(one.getId()));
                if (announced.left() != null) {
                    wrong("", announced.left());
                }
            } catch (SourceException e) {
                wrong("", String.valueOf(e.getMessage()));
            }
        }

        private void see(String subject) {
            count++;
            if (subjects.size() < EXAMPLES) {
                subjects.add(subject);
            }
        }

        private void wrong(String scope, String why) {
            wrong.add(scope.isEmpty() ? why : scope + ": " + why);
        }

        String words() {
            String sees = count == 0
                    ? "sees nothing"
                    : "sees " + (more ? "at least " : "") + count + ": "
                            + subjects.stream().collect(Collectors.joining(", "))
                            + (count > subjects.size() ? ", …" : "");
            String all = wrong.isEmpty() ? sees : String.join("; ", wrong) + (count == 0 ? "" : " (but " + sees + ")");
            return all.length() <= MAX_WORDS ? all : all.substring(0, all.offsetByCodePoints(0, MAX_WORDS / 2)) + "…";
        }
    }
}
