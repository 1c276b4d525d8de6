package io.modelwatch.app.demo;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.app.config.Placement;
import io.modelwatch.app.platform.EmbeddedPlatform;
import io.modelwatch.app.platform.PlatformConfig;
import io.modelwatch.app.role.Instance;
import io.modelwatch.app.role.InstanceConfig;
import io.modelwatch.app.role.Role;
import io.modelwatch.history.api.ApiConfig;
import io.modelwatch.history.api.Intake;
import io.modelwatch.producers.SweepReport;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import io.modelwatch.streams.lineage.LineageConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The whole pipeline on recorded days: platform, roles, the replay server and the fictional company. */
public final class Demo {

    /** How many days were recorded. */
    public static final int DAYS = (int) (Replay.LAST_DAY.toEpochDay() - Replay.FIRST_DAY.toEpochDay() + 1);

    /** How many are replayed unless said otherwise: every verdict occurs in them, and two cores need less than two minutes. */
    public static final int DEFAULT_DAYS = 100;

    private static final String LOOPBACK = "127.0.0.1";

    /** A step takes less than a second; what takes so long is stuck. */
    private static final Duration SETTLE_LIMIT = Duration.ofMinutes(2);

    /**
     * Where a demo runs.
     *
     * @param platform data directory, which is the demo's to delete, and ports
     * @param apiPort port of the HTTP API
     * @param replayPort port of the replay server; it is part of the evidence
     * @param days how many of the recorded days, from the first
     */
    public record Config(PlatformConfig platform, int apiPort, int replayPort, int days) {
        /** Checks the days. */
        public Config {
            if (days < 1 || days > DAYS) {
                throw new IllegalArgumentException("--days must be from 1 to " + DAYS + ", not " + days);
            }
        }
    }

    /** What happens after the last day. */
    @FunctionalInterface
    public interface Stay {
        /** Returns when the demo should stop. */
        void await() throws InterruptedException;
    }

    private Demo() {}

    /**
     * Runs it to its end.
     *
     * @param terminal whether a progress bar makes sense
     * @param stay called after the summary, while the API is still up; null to leave at once
     * @throws io.modelwatch.app.platform.PlatformException if the directory or a port cannot be had
     */
    public static void run(Config config, PrintWriter out, boolean terminal, @Nullable Stay stay)
            throws InterruptedException {
        header(out);
        DemoDirectory.prepare(config.platform());
        long begin = System.nanoTime();
        ReplayClock clock = new ReplayClock(Replay.start());
        try (Screen screen = new Screen(out, terminal, config.days());
                ReplayServer server = ReplayServer.start(config.replayPort(), clock);
                EmbeddedPlatform platform = EmbeddedPlatform.start(config.platform(), screen::line);
                Instance instance = Instance.start(
                        roles(config, platform, server), EnumSet.allOf(Role.class), clock, screen::line);
                Watcher watcher =
                        Watcher.start(instance.kafka(), instance.serdes(), alert -> screen.line(AlertLine.of(alert)))) {
            Tally tally = new Tally();
            Replay replay = new Replay(new InstancePipeline(instance), clock, Company.load(), tally);
            LocalDate day = Replay.FIRST_DAY;
            for (int done = 1; done <= config.days(); done++) {
                day = Replay.FIRST_DAY.plusDays(done - 1L);
                replay.day(day);
                screen.advance(day, done);
            }
            watcher.finish();
            Duration took = Duration.ofNanos(System.nanoTime() - begin);
            screen.close();
            Summary.lines(tally, watcher, day, took).forEach(out::println);
            if (stay != null) {
                next(out, instance.port(), platform.jdbcUrl());
            }
            out.flush();
            if (stay != null) {
                stay.await();
            }
        }
    }

    private static void header(PrintWriter out) {
        out.println("modelwatch demo: real lists of models, recorded from " + Replay.FIRST_DAY + " to "
                + Replay.LAST_DAY + " and served again on this machine.");
        out.println("The company, its deployments and its papers are fictional, as is whatever is named fictional-;"
                + " outages are staged.");
        out.flush();
    }

    private static void next(PrintWriter out, int port, String jdbcUrl) {
        String url = "http://" + LOOPBACK + ":" + port;
        out.println("The API stays up at " + url + " (Ctrl-C stops it). What to try next:");
        out.println("  modelwatch alerts --state open --url " + url);
        out.println("  modelwatch changes --subject support-copilot --url " + url);
        out.println("  modelwatch mbom contract-analyser --url " + url);
        out.println("  modelwatch lineage pkg:huggingface/deepseek-ai/DeepSeek-R1-0528-Qwen3-8B --descendants --url "
                + url);
        out.println("  modelwatch lineage pkg:huggingface/meta-llama/Llama-3.1-8B-Instruct --deployments --url " + url);
        out.println("  SQL: " + jdbcUrl);
    }

    private static InstanceConfig roles(Config config, EmbeddedPlatform platform, ReplayServer server) {
        KafkaConnection kafka = new KafkaConnection(
                platform.bootstrap(), platform.registryUrl(), new Topics("modelwatch"), (short) 1, Map.of(), Map.of());
        return new InstanceConfig(
                kafka,
                Placement.ALONE,
                platform.dataSource(),
                config.platform().dataDir(),
                config.platform().dataDir().resolve("ledger.key"),
                ApiConfig.loopback(config.apiPort()),
                null,
                LineageConfig.shipped(),
                true,
                null,
                null,
                DriftConfig.DEFAULT,
                List.of(),
                server.sources(),
                List.of(),
                List.of(),
                null,
                false);
    }

    /** A running instance, as the replay sees it. */
    private record InstancePipeline(Instance instance) implements Pipeline {
        @Override
        public List<String> sources() {
            return instance.pollers().sources();
        }

        @Override
        public void tick() {
            var unused = instance.pollers().tick();
        }

        @Override
        public SweepReport poll(String source) throws InterruptedException {
            return instance.pollers().pollNow(source);
        }

        @Override
        public void hand(Company.Batch batch) throws InterruptedException {
            InputStream lines = new ByteArrayInputStream(batch.text().getBytes(StandardCharsets.UTF_8));
            try {
                Intake intake = instance.intake();
                Intake.Receipt receipt =
                        switch (batch.kind()) {
                            case OBSERVATION -> intake.observations(lines, false, name -> null);
                            case PROCUREMENT -> intake.procurementEvents(lines, false);
                            case DISCLOSURE -> intake.disclosures(lines, false);
                        };
                if (!receipt.errors().isEmpty()) {
                    throw new IllegalStateException("the demo's own data is refused: " + receipt.errors());
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void settle() throws InterruptedException {
            instance.settle(SETTLE_LIMIT);
        }
    }
}
