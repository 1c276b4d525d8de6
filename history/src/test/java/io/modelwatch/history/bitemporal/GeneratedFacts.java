package io.modelwatch.history.bitemporal;

import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Claim;
import io.modelwatch.schemas.avro.Component;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.Origin;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.SubjectKind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;

/**
 * What topics might say of some deployments: revisions that take effect before they are known, and before what was known
 * already, several at one moment, removals and returns, and late facts of any time.
 */
final class GeneratedFacts {

    static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    static final String SOURCE = "gateway";

    /** A record of the topic of MBOMs or changes, and when its observation came in. */
    record Told(String deployment, SpecificRecord value, Instant arrived) {}

    private static final List<String> ROLES = List.of("primary", "fallback", "judge");
    private static final List<String> COUNTRIES = List.of("NL", "DE", "US", "FR");

    private final Random random;
    private final List<Told> told = new ArrayList<>();
    private int ids;

    private GeneratedFacts(long seed) {
        this.random = new Random(seed);
    }

    /** Returns facts in the order in which they came in, deployment by deployment. */
    static List<Told> of(long seed, int deployments, int facts) {
        GeneratedFacts generated = new GeneratedFacts(seed);
        for (int i = 0; i < deployments; i++) {
            generated.deployment("d" + i + (i == 0 ? " 'quoted'/\"slashed\" \u2603" : ""), facts);
        }
        return List.copyOf(generated.told);
    }

    private void deployment(String name, int facts) {
        Map<String, String> models = new TreeMap<>();
        String country = pick(COUNTRIES);
        String vendor = "v0";
        long revision = 0;
        boolean present = false;
        Instant at = START.plus(Duration.ofHours(random.nextInt(100)));
        Instant appeared = at;
        Instant arrived = Instant.parse("2026-06-01T00:00:00Z");
        for (int i = 0; i < facts; i++) {
            at = at.plus(Duration.ofHours(random.nextInt(60)));
            arrived = arrived.plusMillis(random.nextInt(3));
            if (revision > 0 && random.nextInt(3) == 0) {
                told.add(new Told(name, late(name, at), arrived));
                continue;
            }
            Instant effective = at.minus(Duration.ofHours(random.nextInt(3) * random.nextInt(150)));
            effective = effective.isBefore(appeared) ? appeared : effective;
            List<ProvenanceChange> changes = new ArrayList<>();
            if (!present) {
                present = true;
                appeared = effective;
                models.put("primary", model());
                changes.add(change(ChangeKind.COMPONENT_ADDED, id("primary"), effective, at));
            } else {
                String role = pick(ROLES);
                switch (random.nextInt(8)) {
                    case 0 -> {
                        present = false;
                        for (String one : models.keySet()) {
                            changes.add(change(ChangeKind.COMPONENT_REMOVED, id(one), effective, at));
                        }
                        models.clear();
                    }
                    case 1 -> vendor = "v" + random.nextInt(5);
                    case 2, 3 -> {
                        country = pick(COUNTRIES);
                        changes.add(change(ChangeKind.HOSTING_MOVED, "hosting", effective, at));
                    }
                    case 4 -> {
                        if (models.size() > 1 && models.remove(role) != null) {
                            changes.add(change(ChangeKind.COMPONENT_REMOVED, id(role), effective, at));
                        }
                    }
                    default -> {
                        models.put(role, model());
                        changes.add(change(ChangeKind.MODEL_SWAPPED, id(role), effective, at));
                    }
                }
            }
            told.add(new Told(name, mbom(name, ++revision, at, present, models, country, vendor, changes), arrived));
        }
    }

    private Mbom mbom(
            String name,
            long revision,
            Instant at,
            boolean present,
            Map<String, String> models,
            String country,
            String vendor,
            List<ProvenanceChange> changes) {
        List<Component> components = new ArrayList<>();
        List<Claim> claims = new ArrayList<>();
        if (present) {
            models.forEach((role, model) -> {
                components.add(Component.newBuilder()
                        .setRole(role)
                        .setModel(model)
                        .setOrigins(List.of(new Origin(model, "o", model.endsWith("1") ? "CN" : "US")))
                        .build());
                claims.add(claim(id(role), '"' + model + '"', at));
            });
            claims.add(claim("hosting", hosting(country), at));
            claims.add(claim("vendor", '"' + vendor + '"', at));
        }
        return Mbom.newBuilder()
                .setDeployment(name)
                .setSerialNumber("urn:uuid:0")
                .setRevision(revision)
                .setAt(at)
                .setEffectiveAt(changes.isEmpty() ? null : changes.getFirst().getEffectiveAt())
                .setRemoved(!present)
                .setVendor(present ? vendor : null)
                .setComponents(components)
                .setHosting(present ? List.of(new Hosting(null, null, country)) : List.of())
                .setClaims(claims)
                .setChanges(changes)
                .setCause(changes.isEmpty() ? null : changes.getFirst().getId())
                .setCorrelationId("o" + revision)
                .build();
    }

    private Change late(String name, Instant now) {
        Instant effective = START.plus(
                Duration.between(START, now).multipliedBy(random.nextInt(100)).dividedBy(100));
        // Observed just now, or long ago and told only now.
        Instant observed = random.nextBoolean() ? now : effective;
        String field;
        String value;
        switch (random.nextInt(4)) {
            case 0 -> {
                field = "hosting";
                value = hosting(pick(COUNTRIES));
            }
            case 1 -> {
                field = "vendor";
                value = "\"v" + random.nextInt(5) + '"';
            }
            default -> {
                field = id(pick(ROLES));
                value = random.nextInt(4) == 0 ? null : '"' + model() + '"';
            }
        }
        return Change.newBuilder()
                .setId("late" + ids++)
                .setSubject(name)
                .setSubjectKind(SubjectKind.DEPLOYMENT)
                .setKind(ChangeKind.MODEL_SWAPPED)
                .setField(field)
                .setAfter(value)
                .setSource(SOURCE)
                .setEffectiveAt(effective)
                .setObservedAt(observed)
                .setLate(true)
                .setCorrelationId("o")
                .build();
    }

    private ProvenanceChange change(ChangeKind kind, String field, Instant effective, Instant at) {
        return ProvenanceChange.newBuilder()
                .setId("c" + ids++)
                .setKind(kind)
                .setField(field)
                .setEffectiveAt(effective)
                .setObservedAt(at)
                .setCorrelationId("o")
                .build();
    }

    private static Claim claim(String field, String value, Instant at) {
        return Claim.newBuilder()
                .setField(field)
                .setValue(value)
                .setConfidence(Confidence.DECLARED)
                .setSource(SOURCE)
                .setObservedAt(at)
                .build();
    }

    static String id(String role) {
        return "models." + role + ".id";
    }

    static String hosting(String country) {
        return "[{\"country\":\"" + country + "\"}]";
    }

    private String model() {
        return "pkg:huggingface/m/" + random.nextInt(12);
    }

    private <T> T pick(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }
}
