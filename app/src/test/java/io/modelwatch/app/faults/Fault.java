package io.modelwatch.app.faults;

import static org.awaitility.Awaitility.await;

import io.modelwatch.app.Programs.Program;
import io.modelwatch.app.SmallDisk;
import io.modelwatch.app.platform.Cluster;
import io.modelwatch.app.platform.Firewall;
import io.modelwatch.app.role.Role;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What may go wrong. */
enum Fault {
    STREAMS_KILLED(Role.STREAMS),
    ALERTS_KILLED(Role.ALERTS),
    HISTORY_KILLED(Role.HISTORY),
    POLLERS_KILLED(Role.POLLERS),
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
        boolean isPossible() {
            return "root".equals(System.getProperty("user.name"));
        }

        @Override
        void happen(Cluster cluster, Fleet fleet, Random random) throws Exception {
            fleet.kill(Role.STREAMS);
            fleet.deleteState(Role.STREAMS);
            try (SmallDisk disk = SmallDisk.mount(fleet.data(Role.STREAMS), 4)) {
                fleet.start(Role.STREAMS);
                // It has much more to restore. A file that could not be written whole is deleted, so there may be room.
                await().atMost(Duration.ofMinutes(3))
                        .until(() -> fleet.said(Role.STREAMS).contains("No space left on device"));
                pause(20);
                disk.grow(4_096);
                fleet.awaitWorking(Role.STREAMS);
            }
            restart(fleet, Role.STREAMS);
        }
    },
    BROKER_DISK_FULL("the disk of a broker full for 20 s") {
        @Override
        boolean isPossible() {
            return "root".equals(System.getProperty("user.name"));
        }

        @Override
        void happen(Cluster cluster, Fleet fleet, Random random) throws Exception {
            int broker = random.nextInt(Cluster.BROKERS);
            cluster.killBroker(broker);
            try (SmallDisk disk = cluster.moveToSmallDisk(broker)) {
                cluster.startBroker(broker);
                cluster.awaitReplicas();
                disk.fill();
                pause(20);
                // It has ended by itself, or goes on without its log.
                cluster.killBroker(broker);
                disk.free();
                cluster.saveFromSmallDisk(broker);
            }
            cluster.moveBack(broker);
            cluster.startBroker(broker);
        }
    },
    CLOCK_JUMPS("the clock of a role jumps by up to three hours, to and fro, for 30 s") {
        @Override
        boolean isPossible() {
            return FakeClock.isPossible();
        }

        @Override
        void happen(Cluster cluster, Fleet fleet, Random random) throws Exception {
            Role role = Role.values()[random.nextInt(Role.values().length)];
            fleet.kill(role);
            try (FakeClock clock = FakeClock.create()) {
                fleet.start(role, clock.environment());
                fleet.awaitWorking(role);
                for (int i = 0; i < 3; i++) {
                    int seconds = random.nextInt(-10_800, 10_800);
                    clock.set(seconds);
                    fleet.awaitClock(role, seconds);
                    pause(10);
                }
                clock.set(0);
                fleet.awaitClock(role, 0);
                restart(fleet, role);
            }
        }
    },
    SLOW_LINK("a link to a source that loses 30 % of the packets, and answers that hang, for 40 s") {
        @Override
        boolean isPossible() throws Exception {
            return Firewall.isPossible();
        }

        @Override
        void happen(Cluster cluster, Fleet fleet, Random random) throws Exception {
            fleet.vendor().worsen();
            for (int i = 0; i < 4; i++) {
                fleet.vendor().offerAnother();
                pause(10);
            }
            fleet.vendor().mend();
        }
    },
    ROLLING_RESTART("each role stopped and started in turn, while another instance of it works") {
        @Override
        void happen(Cluster cluster, Fleet fleet, Random random) throws Exception {
            fleet.vendor().offerAnother();
            fleet.roll(random);
        }
    };

    private final String words;
    private final @Nullable Role killed;

    Fault(String words) {
        this.words = words;
        this.killed = null;
    }

    Fault(Role killed) {
        this.words = "`kill -9` of `" + killed.title() + "`";
        this.killed = killed;
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
    void happen(Cluster cluster, Fleet fleet, Random random) throws Exception {
        restart(fleet, Objects.requireNonNull(killed));
    }

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
}
