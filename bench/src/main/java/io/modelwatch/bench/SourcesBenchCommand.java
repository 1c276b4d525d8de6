package io.modelwatch.bench;

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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench sources}: what it costs to keep up with a hub. */
@Command(
        name = "sources",
        mixinStandardHelpOptions = true,
        description = {
            "Requests a day to keep up with a hub, by passes over what changed against full listings.",
            "The real source runs, over HTTP, against a fake hub that lists as the real one does, through a day of its own"
                    + " clock; every change must be seen.",
            "The rate is that of new models in the recorded weeks of 2025 (27,000 a week); ten and a hundred times that"
                    + " stand for updates, which the recording does not have."
        },
        sortOptions = false)
final class SourcesBenchCommand extends Measurement {

    private static final long SEED = 20_261_125L;
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    @Option(names = "--models", defaultValue = "2000000", description = "models of the hub (default: ${DEFAULT-VALUE})")
    private int models;

    @Option(
            names = "--changes",
            defaultValue = "3857",
            description = "changes a day, of the lowest rate (default: ${DEFAULT-VALUE})")
    private int changes;

    @Option(names = "--every", defaultValue = "15", description = "minutes between passes (default: ${DEFAULT-VALUE})")
    private int every;

    @Override
    Report measure(Machine machine, Consumer<String> progress) throws Exception {
        if (models < 2000 || changes < 1 || every < 1 || every > 1440) {
            throw new IllegalArgumentException("at least 2000 models, one change, and 1 to 1440 minutes");
        }
        List<List<Object>> rows = new ArrayList<>();
        List<Figure> figures = new ArrayList<>();
        for (int times : List.of(1, 10, 100)) {
            Day day = new Day((long) changes * times);
            day.run();
            progress.accept("%,d changes a day: %,d requests, of which a full listing is %,d"
                    .formatted(day.rate, day.changeRequests, day.fullRequests));
            long listings = day.fullRequests * day.passes;
            rows.add(List.of(
                    day.rate,
                    (long) day.passes,
                    day.changeRequests,
                    day.changeRequests + day.fullRequests,
                    listings,
                    day.changeBytes >> 20,
                    day.fullBytes >> 20));
            if (times == 1) {
                figures.add(Figure.of("requests a day to see what changed", day.changeRequests, ""));
                figures.add(Figure.of(
                        "requests a day, with one full pass for removals", day.changeRequests + day.fullRequests, ""));
                figures.add(Figure.of("requests a day by full listings", listings, ""));
                figures.add(Figure.of("full listings, of that", (double) listings / day.changeRequests, "times"));
            }
        }
        Map<String, Object> parameters = new HashMap<>();
        parameters.put("models", models);
        parameters.put("every", every + "m");
        parameters.put("seed", SEED);
        return new Report(
                "sources",
                machine,
                parameters,
                List.of(
                        "changes/day",
                        "passes",
                        "requests",
                        "with full pass",
                        "full listings",
                        "MiB",
                        "MiB, full pass"),
                rows,
                figures);
    }

    /** One day of the hub's clock. */
    private final class Day {
        private final long rate;
        private final int passes = Math.max(1, 1440 / every);
        private Instant now = START;
        private long fullRequests;
        private long fullBytes;
        private long changeRequests;
        private long changeBytes;

        Day(long rate) {
            this.rate = rate;
        }

        void run() throws SourceException, InterruptedException {
            Random random = new Random(SEED);
            try (FakeHub hub = new FakeHub(models, START.minusSeconds(models + 1L));
                    HttpFetcher http = new HttpFetcher(HttpLimits.defaults(), InstantSource.system())) {
                HuggingFaceSource source = source(hub, http);
                AtomicLong all = new AtomicLong();
                @Nullable String mark = pass(source, null, one -> all.incrementAndGet());
                if (all.get() != models) {
                    throw new BenchException("a full pass saw " + all + " of " + models + " models");
                }
                fullRequests = hub.requests();
                fullBytes = hub.bytes();
                for (int pass = 1; pass <= passes; pass++) {
                    Set<String> changed = new HashSet<>();
                    long due = rate * pass / passes - rate * (pass - 1) / passes;
                    for (long i = 0; i < due; i++) {
                        int model = random.nextInt(models);
                        Instant at = now.plus(
                                Duration.ofMinutes(every).multipliedBy(i).dividedBy(due));
                        hub.change(model, at);
                        changed.add("pkg:huggingface/author-" + model % 1000 + "/model-" + model);
                    }
                    now = now.plus(Duration.ofMinutes(every));
                    mark = pass(source, mark, changed::remove);
                    if (!changed.isEmpty()) {
                        throw new BenchException("a pass missed " + changed.size() + " changes");
                    }
                }
                changeRequests = hub.requests();
                changeBytes = hub.bytes();
            }
        }

        private @Nullable String pass(HuggingFaceSource source, @Nullable String mark, Consumer<String> seen)
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
}
