package io.modelwatch.app.faults;

import static org.awaitility.Awaitility.await;

import io.modelwatch.app.Programs.Program;
import io.modelwatch.app.platform.Cluster;
import io.modelwatch.app.role.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** What may go wrong. */
enum Fault {
    STREAMS_KILLED("`kill -9` of `streams`") {
        @Override
        void happen(Cluster cluster, Fleet fleet, Random random) throws Exception {
            restart(fleet, Role.STREAMS);
        }
    },
    ALERTS_KILLED("`kill -9` of `alerts`") {
        @Override
        void happen(Cluster cluster, Fleet fleet, Random random) throws Exception {
            restart(fleet, Role.ALERTS);
        }
    },
    HISTORY_KILLED("`kill -9` of `history`") {
        @Override
        void happen(Cluster cluster, Fleet fleet, Random random) throws Exception {
            restart(fleet, Role.HISTORY);
        }
    },
    POLLERS_KILLED("`kill -9` of `pollers`") {
        @Override
        void happen(Cluster cluster, Fleet fleet, Random random) throws Exception {
            restart(fleet, Role.POLLERS);
        }
    },
    STATE_DELETED("`streams` or `alerts` killed and its state directory deleted") {
        @Override
        void happen(Cluster cluster, Fleet fleet, Random random) throws Exception {
            Role role = random.nextBoolean() ? Role.STREAMS : Role.ALERTS;
            fleet.kill(role);
            fleet.deleteState(role);
            fleet.start(role);
        }
    },
    ROLE_HANGS("`streams` or `alerts` stands still for 60 s, longer than its session") {
        @Override
        void happen(Cluster cluster, Fleet fleet, Random random) throws Exception {
            Role role = random.nextBoolean() ? Role.STREAMS : Role.ALERTS;
            fleet.signal(role, "STOP");
            pause(60);
            fleet.signal(role, "CONT");
        }
    },
    REBALANCES("four more instances of `streams` or `alerts` come and are killed") {
        @Override
        void happen(Cluster cluster, Fleet fleet, Random random) throws Exception {
            Role role = random.nextBoolean() ? Role.STREAMS : Role.ALERTS;
            for (int i = 0; i < 4; i++) {
                Program another = fleet.another(role, random);
                pause(5 + random.nextInt(15));
                another.kill();
            }
        }
    },
    BROKER_KILLED("`kill -9` of a broker, which is away for 15 s") {
        @Override
        void happen(Cluster cluster, Fleet fleet, Random random) throws Exception {
            brokerAway(cluster, random.nextInt(Cluster.BROKERS));
        }
    },
    CONTROLLER_KILLED("`kill -9` of the broker that leads the controllers, away for 15 s") {
        @Override
        void happen(Cluster cluster, Fleet fleet, Random random) throws Exception {
            brokerAway(cluster, cluster.controller());
        }
    },
    BROKER_CUT_OFF("a broker cut off from everybody for 30 s") {
        @Override
        boolean isPossible() throws Exception {
            return Cluster.canCutOff();
        }

        @Override
        void happen(Cluster cluster, Fleet fleet, Random random) throws Exception {
            int broker = random.nextInt(Cluster.BROKERS);
            cluster.cutOff(broker);
            pause(30);
            cluster.connect(broker);
        }
    },
    REGISTRY_GONE("the registry gone for 20 s, while `streams` is killed and started") {
        @Override
        void happen(Cluster cluster, Fleet fleet, Random random) throws Exception {
            cluster.killRegistry();
            restart(fleet, Role.STREAMS);
            pause(20);
            cluster.startRegistry();
        }
    },
    DATABASE_GONE("PostgreSQL gone for 60 s") {
        @Override
        void happen(Cluster cluster, Fleet fleet, Random random) throws Exception {
            cluster.killDatabase();
            pause(60);
            cluster.startDatabase();
        }
    },
    POISON("records that nobody can read on every topic, each of which becomes a dead letter") {
        @Override
        void happen(Cluster cluster, Fleet fleet, Random random) throws Exception {
            Poison.write(cluster, random).awaitLetters();
        }
    },
    DISK_FULL("the disk of `streams` full for 20 s while it restores") {
        @Override
        boolean isPossible() throws Exception {
            return "root".equals(System.getProperty("user.name"))
                    && new ProcessBuilder("mountpoint", "-q", "/").start().waitFor() == 0;
        }

        @Override
        void happen(Cluster cluster, Fleet fleet, Random random) throws Exception {
            Path data = fleet.data(Role.STREAMS);
            fleet.kill(Role.STREAMS);
            fleet.deleteState(Role.STREAMS);
            Files.createDirectories(data);
            run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", data.toString());
            try {
                fleet.start(Role.STREAMS);
                // It has much more to restore.
                await().atMost(Duration.ofMinutes(3))
                        .until(() -> Files.getFileStore(data).getUsableSpace() < 16_384);
                pause(20);
                run("mount", "-o", "remount,size=4g", data.toString());
                fleet.keepUp();
                fleet.awaitWorking(Role.STREAMS);
            } finally {
                // Busy until the role has ended: it goes then.
                run("umount", "-l", data.toString());
            }
            restart(fleet, Role.STREAMS);
        }
    };

    private final String words;

    Fault(String words) {
        this.words = words;
    }

    /** Says what happens, for the table. */
    String words() {
        return words;
    }

    /** Returns whether this machine can have it. */
    boolean isPossible() throws Exception {
        return true;
    }

    /** Lets it happen, and returns when it is over: what was taken away is back, or is starting. */
    abstract void happen(Cluster cluster, Fleet fleet, Random random) throws Exception;

    private static void restart(Fleet fleet, Role role) throws IOException, InterruptedException {
        fleet.kill(role);
        fleet.start(role);
    }

    private static void brokerAway(Cluster cluster, int broker) throws IOException, InterruptedException {
        cluster.killBroker(broker);
        pause(15);
        cluster.startBroker(broker);
    }

    /** How long something is away is what the fault is. */
    private static void pause(int seconds) throws InterruptedException {
        TimeUnit.SECONDS.sleep(seconds);
    }

    private static void run(String... command) throws IOException, InterruptedException {
        if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
            throw new IOException("this does not work: " + String.join(" ", command));
        }
    }
}
