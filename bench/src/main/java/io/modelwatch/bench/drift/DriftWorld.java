package io.modelwatch.bench.drift;

import io.modelwatch.schemas.avro.Allows;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Component;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.Origin;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.ProcurementType;
import io.modelwatch.schemas.avro.ProvenanceChange;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A generated company: deployments whose one model is swapped again and again, and the papers about them. Every part is
 * a function of its number and the seed, so that nothing of it is kept.
 */
final class DriftWorld {

    private static final int VENDORS = 500;
    private static final int MAKERS = 1000;
    private static final int MODELS_A_MAKER = 20;
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    /** All changes lie within it. */
    private static final Duration SPAN = Duration.ofDays(100);

    private static final List<String> COUNTRIES = List.of("NL", "DE", "IE", "US");

    private final int deployments;
    private final int changes;
    private final int events;
    private final long seed;

    DriftWorld(int deployments, int changes, int events, long seed) {
        this.deployments = deployments;
        this.changes = changes;
        this.events = events;
        this.seed = seed;
    }

    /** One change of one deployment, flat. */
    record Swap(
            String id,
            String deployment,
            String vendor,
            long revision,
            @Nullable String before,
            String after,
            String maker,
            String country,
            Instant at) {}

    /** One paper, flat; of deployment, vendor and maker one is set. */
    record Paper(
            String id,
            boolean ticket,
            @Nullable String deployment,
            @Nullable String vendor,
            @Nullable String maker,
            @Nullable String allowsMaker,
            @Nullable List<String> countries,
            Instant issuedAt,
            @Nullable Instant validTo,
            @Nullable Instant revokedAt) {}

    int changes() {
        return changes;
    }

    int deployments() {
        return deployments;
    }

    int events() {
        return events;
    }

    /** After everything has happened. */
    Instant now() {
        return START.plus(SPAN).plus(Duration.ofDays(1));
    }

    /** The change of a number: all deployments in turn, and again. */
    Swap swap(int number) {
        int deployment = number % deployments;
        long revision = number / deployments + 1;
        SplittableRandom random = random(1, deployment);
        String country = COUNTRIES.get(random.nextInt(COUNTRIES.size()));
        String after = model(deployment, revision);
        return new Swap(
                "change-" + number,
                deployment(deployment),
                "vendor-" + deployment % VENDORS,
                revision,
                revision == 1 ? null : model(deployment, revision - 1),
                after,
                after.substring("pkg:bench/".length(), after.lastIndexOf('/')),
                country,
                START.plusMillis(SPAN.toMillis() * number / changes));
    }

    /** The paper of a number. Eight of ten name a deployment, the others a vendor or the models of a maker. */
    Paper paper(int number) {
        SplittableRandom random = random(3, number);
        int subject = random.nextInt(20);
        boolean ticket = random.nextInt(4) == 0;
        Instant issued = START.plusMillis(random.nextLong(SPAN.toMillis()));
        // What concerns many allows little: else nothing would be left to be drift.
        boolean one = subject < 16;
        return new Paper(
                "paper-" + number,
                ticket,
                one ? deployment(random.nextInt(deployments)) : null,
                !one && subject < 19 ? "vendor-" + random.nextInt(VENDORS) : null,
                subject == 19 ? maker(random.nextInt(MAKERS)) : null,
                !one || random.nextInt(2) == 0 ? maker(random.nextInt(MAKERS)) : null,
                random.nextInt(3) == 0 ? List.of("NL", "DE") : null,
                issued,
                random.nextInt(2) == 0 ? issued.plusMillis(random.nextLong(SPAN.toMillis())) : null,
                random.nextInt(20) == 0 ? issued.plusMillis(random.nextLong(SPAN.toMillis())) : null);
    }

    Mbom mbom(Swap swap) {
        return Mbom.newBuilder()
                .setDeployment(swap.deployment())
                .setSerialNumber("urn:uuid:00000000-0000-0000-0000-000000000000")
                .setRevision(swap.revision())
                .setAt(swap.at())
                .setVendor(swap.vendor())
                .setComponents(List.of(Component.newBuilder()
                        .setRole("primary")
                        .setModel(swap.after())
                        .setLicense("apache-2.0")
                        .setKnown(true)
                        .setOrigins(List.of(new Origin(swap.after(), swap.maker(), "US")))
                        .build()))
                .setHosting(List.of(Hosting.newBuilder()
                        .setProvider("bench")
                        .setCountry(swap.country())
                        .build()))
                .setChanges(List.of(ProvenanceChange.newBuilder()
                        .setId(swap.id())
                        .setKind(swap.before() == null ? ChangeKind.COMPONENT_ADDED : ChangeKind.MODEL_SWAPPED)
                        .setField("models.primary.id")
                        .setBefore(swap.before() == null ? null : '"' + swap.before() + '"')
                        .setAfter('"' + swap.after() + '"')
                        .setEffectiveAt(swap.at())
                        .setObservedAt(swap.at())
                        .setCorrelationId(swap.id())
                        .build()))
                .setCorrelationId(swap.id())
                .build();
    }

    /** The event, and its revocation where it was revoked. */
    static List<ProcurementEvent> events(Paper paper) {
        ProcurementEvent event = ProcurementEvent.newBuilder()
                .setId(paper.id())
                .setType(paper.ticket() ? ProcurementType.CHANGE_TICKET : ProcurementType.APPROVAL)
                .setIssuedAt(paper.issuedAt())
                .setDeployment(paper.deployment())
                .setVendor(paper.vendor())
                .setModel(paper.maker() == null ? null : glob(paper.maker()))
                .setAllows(Allows.newBuilder()
                        .setModels(paper.allowsMaker() == null ? null : List.of(glob(paper.allowsMaker())))
                        .setCountries(paper.countries())
                        .build())
                .setValidTo(paper.validTo())
                .setCorrelationId(paper.id())
                .build();
        Instant revokedAt = paper.revokedAt();
        return revokedAt == null ? List.of(event) : List.of(event, revocation(paper.id(), revokedAt));
    }

    static ProcurementEvent revocation(String of, Instant at) {
        return ProcurementEvent.newBuilder()
                .setId("revokes-" + of)
                .setType(ProcurementType.REVOCATION)
                .setIssuedAt(at)
                .setRevokes(of)
                .setAllows(Allows.newBuilder().build())
                .setCorrelationId("revokes-" + of)
                .build();
    }

    private static String glob(String maker) {
        return "pkg:bench/" + maker + "/*";
    }

    private static String deployment(int number) {
        return "service/bench-%05d".formatted(number);
    }

    private static String maker(int number) {
        return "maker-%04d".formatted(number);
    }

    private String model(int deployment, long revision) {
        SplittableRandom random = random(2, deployment * 1_000_003L + revision);
        // The revision makes it another one than before.
        return "pkg:bench/" + maker(random.nextInt(MAKERS)) + "/m-"
                + (revision * 7 + random.nextInt(7)) % MODELS_A_MAKER + "-" + revision % 2;
    }

    private SplittableRandom random(long stream, long number) {
        return new SplittableRandom(seed * 0x9E3779B97F4A7C15L ^ stream << 48 ^ number);
    }
}
