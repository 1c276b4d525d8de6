package io.modelwatch.alerts.drift;

import static io.modelwatch.alerts.Facts.day;
import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.alerts.Facts;
import io.modelwatch.alerts.verdict.ReferenceRules;
import io.modelwatch.alerts.verdict.ReferenceRules.Outcome;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.ChangeVerdict;
import io.modelwatch.schemas.avro.Component;
import io.modelwatch.schemas.avro.DisclosedModel;
import io.modelwatch.schemas.avro.Disclosure;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.ProcurementType;
import io.modelwatch.schemas.avro.ProvenanceChange;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The topology and the plain rules agree on thousands of deployments, whatever the order in which facts arrive. */
class DriftReferenceTest {

    private static final int WORLDS = 50;
    private static final int DEPLOYMENTS = 40;
    private static final int EVENTS = 60;
    private static final int DAYS = 20;
    private static final List<String> VENDORS = List.of("acme", "globex", "initech");
    private static final List<String> COUNTRIES = List.of("NL", "DE", "US");
    private static final List<String> LICENSES = List.of("mit", "apache-2.0", "other");
    private static final List<String> MODELS = List.of(
            "pkg:huggingface/a/one",
            "pkg:huggingface/a/two",
            "pkg:huggingface/b/one",
            "pkg:huggingface/b/two",
            "pkg:generic/c");
    private static final List<String> GLOBS = List.of("pkg:huggingface/a/*", "*/one", "pkg:generic/c", "*");

    @TempDir
    private Path dir;

    private Random random;

    @Test
    void topology_and_plain_rules_agree_whatever_the_order() {
        long seed = 20_261_125;
        System.out.println("seed " + seed);
        random = new Random(seed);
        Map<String, Integer> verdicts = new TreeMap<>();
        for (int world = 0; world < WORLDS; world++) {
            agree(seed, world, verdicts);
        }
        System.out.println("agreed on " + verdicts);
        // A generator that never makes a verdict would prove nothing about it.
        assertThat(verdicts.keySet())
                .contains("APPROVED", "APPROVED_LATE", "UNAPPROVED", "EXPIRED", "REVOKED", "EXHAUSTED", "disclosed");
    }

    private void agree(long seed, int world, Map<String, Integer> counts) {
        List<List<Mbom>> deployments = new ArrayList<>();
        for (int i = 0; i < DEPLOYMENTS; i++) {
            deployments.add(history("d" + i));
        }
        Map<String, ProcurementEvent> events = new HashMap<>();
        List<ProcurementEvent> sentEvents = events(events);
        Map<String, Disclosure> disclosures = new HashMap<>();
        List<Disclosure> sentDisclosures = disclosures(disclosures);

        Map<String, ChangeVerdict> said = new HashMap<>();
        Map<String, Alert> alerts = new HashMap<>();
        double now = DAYS + 4;
        try (DriftTestDriver driver =
                new DriftTestDriver(dir.resolve("world-" + world), DriftConfig.DEFAULT, stores(world))) {
            for (Runnable next : shuffled(driver, deployments, sentEvents, sentDisclosures)) {
                next.run();
            }
            driver.tick(day(now));
            driver.verdicts().forEach(verdict -> said.put(verdict.getId(), verdict));
            driver.alerts().forEach(alert -> alerts.put(alert.getId(), alert));
        }

        Map<String, Outcome> expected = new TreeMap<>();
        Map<String, TreeSet<String>> drifts = new TreeMap<>();
        for (List<Mbom> revisions : deployments) {
            ReferenceRules rules =
                    new ReferenceRules(revisions, events.values(), disclosures.values(), day(0), day(now));
            rules.outcomes().forEach((change, outcome) -> {
                expected.put(change, outcome);
                counts.merge(outcome.verdict(), 1, Integer::sum);
                counts.merge(outcome.disclosed() ? "disclosed" : "silent", 1, Integer::sum);
                if (outcome.live() && !outcome.verdict().startsWith("APPROVED")) {
                    // Each revision of this world is a cause of its own.
                    drifts.computeIfAbsent(change.substring(0, change.lastIndexOf('/')), cause -> new TreeSet<>())
                            .add(change);
                }
            });
        }
        Map<String, Outcome> actual = new TreeMap<>();
        said.values().forEach(verdict -> {
            var judged = verdict.getJudged();
            actual.put(
                    judged.getChange().getId(),
                    new Outcome(judged.getVerdict().name(), judged.getDisclosed(), judged.getLive(), judged.getBy()));
        });
        assertThat(actual).as("seed %d, world %d", seed, world).isEqualTo(expected);

        Map<String, TreeSet<String>> open = new TreeMap<>();
        alerts.values().stream()
                .filter(alert -> alert.getState() == AlertState.OPEN)
                .forEach(alert -> alert.getChanges().stream()
                        .filter(judged ->
                                judged.getLive() && !judged.getVerdict().name().startsWith("APPROVED"))
                        .forEach(judged -> open.computeIfAbsent(alert.getCause(), cause -> new TreeSet<>())
                                .add(judged.getChange().getId())));
        assertThat(open).as("open alerts, seed %d, world %d", seed, world).isEqualTo(drifts);
    }

    /** Some of the worlds have their stores on disk, as they are in production, and most in memory, where that is quick. */
    private static Function<String, KeyValueBytesStoreSupplier> stores(int world) {
        return world % 10 == 0 ? Stores::persistentKeyValueStore : Stores::inMemoryKeyValueStore;
    }

    /** Revisions of one deployment come in order, everything else at any time, some of it twice, and ticks between. */
    private List<Runnable> shuffled(
            DriftTestDriver driver,
            List<List<Mbom>> deployments,
            List<ProcurementEvent> events,
            List<Disclosure> disclosures) {
        List<Supplier<Runnable>> slots = new ArrayList<>();
        for (List<Mbom> revisions : deployments) {
            var next = revisions.iterator();
            revisions.forEach(any -> slots.add(() -> {
                Mbom mbom = next.next();
                return () -> driver.send(mbom);
            }));
        }
        events.forEach(event -> slots.add(() -> () -> driver.send(event)));
        disclosures.forEach(disclosure -> slots.add(() -> () -> driver.send(disclosure)));
        for (int i = 0; i < 8; i++) {
            double at = random.nextInt(DAYS + 3);
            slots.add(() -> () -> driver.tick(day(at)));
        }
        Collections.shuffle(slots, random);
        return slots.stream().map(Supplier::get).toList();
    }

    private List<Mbom> history(String deployment) {
        String vendor = pick(VENDORS);
        Map<String, Component> components = new TreeMap<>();
        List<String> hosting = List.of();
        boolean gone = false;
        List<Mbom> revisions = new ArrayList<>();
        int count = random.nextInt(1, 8);
        double at = 0.25;
        for (int revision = 1; revision <= count; revision++) {
            at += random.nextInt(1, 12) / 4.0;
            Changes changes = new Changes(deployment + "/" + revision, at);
            boolean removal = revision > 2 && !gone && random.nextInt(6) == 0;
            if (removal) {
                components.forEach((role, old) -> changes.add(role + ".id", old.getModel(), null));
                components.clear();
                hosting = List.of();
            } else {
                String role = random.nextInt(4) == 0 ? "fallback" : "primary";
                Component old = components.get(role);
                Component fresh = component(role);
                switch (old == null ? 0 : random.nextInt(4)) {
                    case 0, 1 -> {
                        components.put(role, fresh);
                        if (old == null || !old.getModel().equals(fresh.getModel())) {
                            changes.add(role + ".id", old == null ? null : old.getModel(), fresh.getModel());
                        } else if (!old.getRevision().equals(fresh.getRevision())) {
                            changes.add(role + ".revision", old.getRevision(), fresh.getRevision());
                        }
                    }
                    case 2 -> {
                        if (role.equals("fallback")) {
                            components.remove(role);
                            changes.add(role + ".id", old.getModel(), null);
                        } else {
                            String revised = "r" + random.nextInt(4);
                            components.put(
                                    role,
                                    Component.newBuilder(old)
                                            .setRevision(revised)
                                            .build());
                            changes.add(role + ".revision", old.getRevision(), revised);
                        }
                    }
                    default -> changes.late(role + ".id", pick(MODELS), pick(MODELS));
                }
                if (hosting.isEmpty() ? revision > 1 || random.nextBoolean() : random.nextInt(3) == 0) {
                    List<String> moved = random.nextInt(4) == 0 ? List.of("NL", "US") : List.of(pick(COUNTRIES));
                    if (!moved.equals(hosting)) {
                        changes.host(hosting, moved);
                        hosting = moved;
                    }
                }
            }
            gone = removal;
            revisions.add(Mbom.newBuilder()
                    .setDeployment(deployment)
                    .setSerialNumber("urn:uuid:00000000-0000-0000-0000-000000000000")
                    .setRevision(revision)
                    .setAt(day(at))
                    .setVendor(vendor)
                    .setRemoved(removal)
                    .setComponents(new ArrayList<>(components.values()))
                    .setHosting(hosting.stream().map(Facts::hosting).toList())
                    .setChanges(changes.all)
                    .setCorrelationId(changes.cause)
                    .build());
        }
        return revisions;
    }

    private Component component(String role) {
        String country = random.nextInt(5) == 0 ? "" : pick(List.of("US", "CN", "FR"));
        String license = random.nextInt(5) == 0 ? null : pick(LICENSES);
        return Component.newBuilder(Facts.component(pick(MODELS), license, country))
                .setRole(role)
                .setRevision("r" + random.nextInt(4))
                .build();
    }

    /** The provenance changes of one revision, all of one cause. */
    private static final class Changes {
        private final List<ProvenanceChange> all = new ArrayList<>();
        private final String cause;
        private final double at;

        Changes(String cause, double at) {
            this.cause = cause;
            this.at = at;
        }

        void add(String field, String before, String after) {
            if (before != null && before.equals(after)) {
                return;
            }
            ChangeKind kind = field.endsWith(".revision")
                    ? ChangeKind.REVISION_MOVED
                    : before == null
                            ? ChangeKind.COMPONENT_ADDED
                            : after == null ? ChangeKind.COMPONENT_REMOVED : ChangeKind.MODEL_SWAPPED;
            all.add(Facts.change(cause + "/" + all.size(), kind, "models." + field, before, after, at));
            all.getLast().setCorrelationId(cause);
        }

        void late(String field, String before, String after) {
            add(field, before, after);
            if (!before.equals(after)) {
                all.getLast().setLate(true);
                all.getLast().setEffectiveAt(day(at - 3));
            }
        }

        void host(List<String> before, List<String> after) {
            all.add(Facts.change(
                    cause + "/" + all.size(), ChangeKind.HOSTING_MOVED, "hosting", list(before), list(after), at));
            all.getLast().setCorrelationId(cause);
        }

        private static String list(List<String> countries) {
            return countries.isEmpty() ? null : "[\"" + String.join("\",\"", countries) + "\"]";
        }
    }

    /** Makes events; returns what is sent, corrections and repeats among it, and puts the last word of each into a map. */
    private List<ProcurementEvent> events(Map<String, ProcurementEvent> last) {
        List<ProcurementEvent> sent = new ArrayList<>();
        for (int i = 0; i < EVENTS; i++) {
            ProcurementEvent event = event("P" + i);
            sent.add(event);
            if (random.nextInt(8) == 0) {
                sent.add(event);
            }
            if (random.nextInt(6) == 0) {
                ProcurementEvent corrected = event("P" + i);
                corrected.setIssuedAt(event.getIssuedAt().plus(ReferenceRules.GRID));
                sent.add(corrected);
            }
            if (random.nextInt(4) == 0) {
                sent.add(Facts.event("R" + i, ProcurementType.REVOCATION, quarter())
                        .setRevokes(random.nextInt(10) == 0 ? "never-was" : "P" + i)
                        .setValidFrom(random.nextInt(3) == 0 ? day(quarter()) : null)
                        .build());
            }
        }
        for (ProcurementEvent event : sent) {
            last.merge(event.getId(), event, (a, b) -> a.getIssuedAt().isAfter(b.getIssuedAt()) ? a : b);
        }
        return sent;
    }

    private ProcurementEvent event(String id) {
        ProcurementType type = pick(List.of(
                ProcurementType.APPROVAL,
                ProcurementType.CONTRACT,
                ProcurementType.CHANGE_TICKET,
                ProcurementType.EXCEPTION));
        double issued = quarter();
        ProcurementEvent.Builder event =
                ProcurementEvent.newBuilder().setId(id).setType(type).setIssuedAt(day(issued));
        double from = issued;
        if (random.nextInt(3) == 0) {
            from = quarter();
            event.setValidFrom(day(from));
        }
        if (random.nextBoolean()) {
            event.setValidTo(day(from + random.nextInt(1, 40) / 4.0));
        }
        var allows = Facts.allows();
        // One that concerns many is narrow, or little would be left to be drift.
        switch (random.nextInt(12)) {
            case 0 -> {
                event.setVendor(pick(VENDORS));
                allows.setModels(List.of(pick(MODELS))).setOrigins(List.of("FR"));
            }
            case 1 -> {
                event.setModel(pick(GLOBS));
                allows.setLicenses(List.of("other")).setCountries(List.of("DE"));
            }
            default -> event.setDeployment("d" + random.nextInt(DEPLOYMENTS)).setOnce(random.nextInt(3) == 0);
        }
        if (allows.getModels() == null && random.nextInt(3) == 0) {
            allows.setModels(List.of(pick(GLOBS)));
        }
        if (random.nextInt(4) == 0) {
            allows.setOrigins(List.of("US", "FR"));
        }
        if (random.nextInt(4) == 0) {
            allows.setLicenses(List.of("mit", "apache-2.0"));
        }
        if (random.nextInt(4) == 0) {
            allows.setCountries(List.of("NL", "DE"));
        }
        if (random.nextInt(4) == 0) {
            allows.setChanges(List.of("component_added", "model_swapped", "revision_moved"));
        }
        return event.setAllows(allows.build()).build();
    }

    private List<Disclosure> disclosures(Map<String, Disclosure> last) {
        List<Disclosure> sent = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            for (int version = 0; version <= random.nextInt(2); version++) {
                double announced = quarter();
                sent.add(Disclosure.newBuilder()
                        .setId("D" + i)
                        .setVendor(pick(VENDORS))
                        .setDeployment(random.nextInt(3) == 0 ? "d" + random.nextInt(DEPLOYMENTS) : null)
                        .setAnnouncedAt(day(announced))
                        .setObservedAt(day(announced + i + version * 30))
                        .setModels(List.of(new DisclosedModel(
                                pick(MODELS), random.nextBoolean() ? null : "r" + random.nextInt(4))))
                        .setCountries(random.nextBoolean() ? List.of() : List.of("NL", "US"))
                        .setCorrelationId("disclosure")
                        .build());
            }
        }
        for (Disclosure one : sent) {
            last.merge(one.getId(), one, (a, b) -> a.getObservedAt().isAfter(b.getObservedAt()) ? a : b);
        }
        return sent;
    }

    private double quarter() {
        return random.nextInt(1, DAYS * 4) / 4.0;
    }

    private <T> T pick(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }
}
