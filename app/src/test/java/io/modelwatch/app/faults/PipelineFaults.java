package io.modelwatch.app.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.modelwatch.app.platform.Cluster;
import io.modelwatch.history.reconcile.Account;
import io.modelwatch.history.reconcile.Reconciliation;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.ConfluentRegistry;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * The roles in processes of their own, on three brokers, meet one fault after the other while observations come in. After
 * each, what was acknowledged is accounted for once, from topic to row; in the end exactly those deployments have an open
 * alert that run what nobody approved. Run by {@code mvn verify -Pfaults}; {@code -Dfaults.times=N -Dfaults.seed=N
 * -Dfaults.only=BROKER_KILLED,POISON}.
 */
class PipelineFaults {

    private static final int TIMES = Integer.getInteger("faults.times", Fault.values().length);
    private static final long SEED = Long.getLong("faults.seed", 20261126L);
    private static final String ONLY = System.getProperty("faults.only", "");
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    /** Deployments that are observed before a fault, at most. */
    private static final int BEFORE = 80;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path dir;

    /**
     * What became of one.
     *
     * @param recovery from its end until the alert about what was pushed then is a row of the history
     */
    private record Met(Fault fault, Duration recovery, long lost, long duplicated) {}

    @Test
    void whatWasAcknowledgedIsThereOnceWhateverHappens() throws Exception {
        System.out.println("seed " + SEED + ", " + TIMES + " faults (-Dfaults.seed, -Dfaults.times, -Dfaults.only)");
        Random random = new Random(SEED);
        List<Met> met = new ArrayList<>();
        try (Cluster cluster = Cluster.start(dir.resolve("cluster"), random);
                Fleet fleet = new Fleet(dir, cluster, random)) {
            fleet.start();
            KafkaConnection kafka = new KafkaConnection(
                    cluster.bootstrap(),
                    cluster.registryUrl(),
                    new Topics("modelwatch"),
                    (short) Cluster.BROKERS,
                    Map.of(),
                    Map.of());
            AvroSerdes serdes = new AvroSerdes(new ConfluentRegistry(kafka.registryUrl(), Map.of()));
            try (Load load = new Load(fleet.apiPort())) {
                for (Fault fault : faults(random)) {
                    load.resume();
                    load.await(random.nextInt(BEFORE));
                    fault.happen(cluster, fleet, random);
                    met.add(account(fault, cluster, fleet, load, kafka, serdes));
                    if (met.getLast().lost() > 0 || met.getLast().duplicated() > 0) {
                        break;
                    }
                }
                report(met, fleet);
                assertThat(met).allMatch(one -> one.lost() == 0 && one.duplicated() == 0);
                // An alert opens at the tick after its change.
                await().atMost(PATIENCE).untilAsserted(() -> load.everyDeploymentIsJudgedAsItIs(cluster.dataSource()));
                fleet.vendor().everyModelAppearedOnce(cluster.dataSource());
            }
        }
    }

    /** Each in its turn, and the turns in another order each time. */
    private static List<Fault> faults(Random random) throws Exception {
        List<Fault> possible = new ArrayList<>();
        for (Fault fault : Fault.values()) {
            if (!ONLY.isEmpty() && !Arrays.asList(ONLY.split(",")).contains(fault.name())) {
                continue;
            }
            if (fault.isPossible()) {
                possible.add(fault);
            } else {
                System.out.println("left out, since this machine cannot have it: " + fault.words());
            }
        }
        List<Fault> faults = new ArrayList<>();
        while (faults.size() < TIMES) {
            Collections.shuffle(possible, random);
            faults.addAll(possible);
        }
        return faults.subList(0, TIMES);
    }

    private static Met account(
            Fault fault, Cluster cluster, Fleet fleet, Load load, KafkaConnection kafka, AvroSerdes serdes)
            throws Exception {
        long begin = System.nanoTime();
        String probe = load.probe();
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(100)).until(() -> {
            fleet.keepUp();
            return isAlerted(probe, cluster);
        });
        Duration recovery = Duration.ofNanos(System.nanoTime() - begin);
        load.rest();
        fleet.vendor().awaitSeen(cluster.dataSource());
        cluster.awaitReplicas();
        List<Account> accounts = Reconciliation.run(kafka, serdes, cluster.dataSource(), PATIENCE, unused -> {});
        accounts.stream().filter(account -> !account.isBalanced()).forEach(System.out::println);
        long lost = accounts.stream()
                .mapToLong(account -> account.lost() + account.differing())
                .sum();
        long duplicated = accounts.stream().mapToLong(Account::duplicated).sum();
        System.out.printf(
                "%s: works again after %.1f s, %d lost, %d duplicated, of %d records%n",
                fault.words(),
                recovery.toMillis() / 1000.0,
                lost,
                duplicated,
                accounts.stream().mapToLong(Account::counted).sum());
        return new Met(fault, recovery, lost, duplicated);
    }

    private static boolean isAlerted(String deployment, Cluster cluster) {
        try {
            return !Load.column(cluster.dataSource(), "select 'x' from alerts where deployment = '" + deployment + "'")
                    .isEmpty();
        } catch (SQLException e) {
            // It is starting.
            return false;
        }
    }

    private static void report(List<Met> met, Fleet fleet) {
        System.out.println(
                "| fault | times | lost | duplicated | works again, median | longest |\n|---|---|---|---|---|---|");
        for (Fault fault : Fault.values()) {
            List<Met> times = met.stream().filter(one -> one.fault() == fault).toList();
            if (times.isEmpty()) {
                continue;
            }
            List<Duration> sorted = times.stream().map(Met::recovery).sorted().toList();
            System.out.printf(
                    "| %s | %d | %d | %d | %.1f s | %.1f s |%n",
                    fault.words(),
                    times.size(),
                    times.stream().mapToLong(Met::lost).sum(),
                    times.stream().mapToLong(Met::duplicated).sum(),
                    sorted.get(sorted.size() / 2).toMillis() / 1000.0,
                    sorted.getLast().toMillis() / 1000.0);
        }
        System.out.println("roles that ended by themselves and were started again: " + fleet.ended());
    }
}
