package io.modelwatch.bench.sources;

import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.http.HttpLimits;
import io.modelwatch.producers.source.IncrementalSource.Pass;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.producers.source.huggingface.HuggingFaceConfig;
import io.modelwatch.producers.source.huggingface.HuggingFaceSource;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One day of a fake hub's clock, read by the real source over HTTP: every change must be seen. */
final class HubDay {

    static final long SEED = 20_261_125L;
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    /** What was asked for. */
    record Cost(long requests, long bytes) {}

    private final int models;
    private final int every;
    private final int passes;
    private Instant now = START;

    /** @param every minutes between passes */
    HubDay(int models, int every) {
        this.models = models;
        this.every = every;
        this.passes = Math.max(1, 1440 / every);
    }

    int passes() {
        return passes;
    }

    /** What a listing of everything costs, and from where a pass over what changed goes on after it. */
    record Full(Cost cost, @Nullable String mark) {}

    /** Lists everything once. */
    Full full() throws SourceException, InterruptedException {
        try (FakeHub hub = hub();
                HttpFetcher http = http()) {
            AtomicLong all = new AtomicLong();
            String mark = pass(source(hub, http), null, one -> all.incrementAndGet());
            if (all.get() != models) {
                throw new BenchException("a full pass saw " + all + " of " + models + " models");
            }
            return new Full(new Cost(hub.requests(), hub.bytes()), mark);
        }
    }

    /**
     * Goes through a day of changes.
     *
     * @param rate changes a day
     * @param from where the full listing ended, which every day begins with
     */
    Cost changes(long rate, @Nullable String from) throws SourceException, InterruptedException {
        Random random = new Random(SEED);
        now = START;
        try (FakeHub hub = hub();
                HttpFetcher http = http()) {
            HuggingFaceSource source = source(hub, http);
            String mark = from;
            for (int pass = 1; pass <= passes; pass++) {
                Set<String> changed = new HashSet<>();
                long due = rate * pass / passes - rate * (pass - 1) / passes;
                for (long i = 0; i < due; i++) {
                    int model = random.nextInt(models);
                    hub.change(
                            model,
                            now.plus(Duration.ofMinutes(every).multipliedBy(i).dividedBy(due)));
                    changed.add("pkg:huggingface/author-" + model % 1000 + "/model-" + model);
                }
                now = now.plus(Duration.ofMinutes(every));
                mark = pass(source, mark, changed::remove);
                if (!changed.isEmpty()) {
                    throw new BenchException("a pass missed " + changed.size() + " changes");
                }
            }
            return new Cost(hub.requests(), hub.bytes());
        }
    }

    private FakeHub hub() {
        return new FakeHub(models, START.minusSeconds(models + 1L));
    }

    private static HttpFetcher http() {
        return new HttpFetcher(HttpLimits.defaults(), InstantSource.system());
    }

    private static @Nullable String pass(HuggingFaceSource source, @Nullable String mark, Consumer<String> seen)
            throws SourceException, InterruptedException {
        Pass pass = source.pass("all", mark, (page, next) -> page.forEach(one -> seen.accept(one.subject())));
        if (pass.left() != null) {
            throw new BenchException(pass.left());
        }
        return pass.mark();
    }

    private HuggingFaceSource source(FakeHub hub, HttpFetcher http) {
        Map<String, Object> settings = Map.of(
                "baseUrl",
                hub.url(),
                "scopes",
                List.of("all"),
                "maxPages",
                10_000,
                "fullEvery",
                "7d",
                "tokenEnv",
                "MODELWATCH_BENCH_NO_TOKEN");
        return new HuggingFaceSource(
                HuggingFaceConfig.of(new Settings("bench", settings, HuggingFaceConfig.KEYS)), http, () -> now);
    }
}
