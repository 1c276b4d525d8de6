package io.modelwatch.producers.receiver;

import io.modelwatch.producers.intake.Batch;
import io.modelwatch.producers.intake.LineError;
import io.modelwatch.producers.publish.FactsLimit;
import io.modelwatch.producers.source.DeploymentReading;
import io.modelwatch.producers.source.Proof;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.schemas.Canonical;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ObservationKind;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Takes in the bills that k8s-aibom posts, one a workload, by its webhook sink protocol
 * (https://github.com/GoogleCloudPlatform/k8s-aibom, docs/webhook-sink-protocol.md): a CycloneDX 1.6 document as JSON, its
 * digest in {@code X-Aibom-Document-Hash}, the workload in {@code X-Aibom-Workload-*}. Thread-safe.
 *
 * <p>The document is the protocol's word for its {@code Content-Type}, {@code application/vnd.cyclonedx+json; version=1.6};
 * the controller's releases so far send {@code application/json}, so both are taken.
 */
public final class AibomReceiver {

    /** Longest document, in bytes: a workload has tens of components, of some hundred bytes each. */
    public static final int MAX_BYTES = 4 << 20;

    private static final String HASH = "X-Aibom-Document-Hash";
    private static final String KIND = "X-Aibom-Workload-Kind";
    private static final String NAMESPACE = "X-Aibom-Workload-Namespace";
    private static final String NAME = "X-Aibom-Workload-Name";
    private static final int MAX_DEPTH = 64;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxNumberLength(100)
                            .maxStringLength(1 << 20)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final ReceiverConfig config;
    private final UnaryOperator<@Nullable String> environment;

    /** @param environment gives the value of an environment variable, or null */
    public AibomReceiver(ReceiverConfig config, UnaryOperator<@Nullable String> environment) {
        this.config = config;
        this.environment = environment;
    }

    /**
     * Returns whether a sender may post. How long that takes tells nothing of the token.
     *
     * @param headers gives the value of a header, or null
     * @throws SourceException if there is no token to hold the sender's against: nobody is admitted then
     */
    public boolean admits(UnaryOperator<@Nullable String> headers) throws SourceException {
        if (config.token().env() == null && config.token().file() == null) {
            return true;
        }
        String token = config.token().read(environment);
        if (token == null) {
            throw new SourceException("receiver " + config.name() + ": no token is set; "
                    + config.token().todo());
        }
        String header = headers.apply("Authorization");
        String given = header == null ? "" : header.strip();
        boolean bearer = given.regionMatches(true, 0, "Bearer ", 0, 7);
        return Proof.equal(token, bearer ? given.substring(7).strip() : "");
    }

    /**
     * Reads a bill of a sender who was admitted.
     *
     * @param headers gives the value of a header, or null
     */
    public Batch<Observation> read(UnaryOperator<@Nullable String> headers, byte[] body, InstantSource clock) {
        String type = headers.apply("Content-Type");
        String plain = type == null ? "" : type.replaceFirst(";.*$", "").strip().toLowerCase(Locale.ROOT);
        if (!plain.equals("application/vnd.cyclonedx+json") && !plain.equals("application/json")) {
            return refused("Content-Type", "must be application/vnd.cyclonedx+json; version=1.6");
        }
        String hash = headers.apply(HASH);
        if (hash == null || !hash.strip().matches("(?i)sha256:[0-9a-f]{64}")) {
            return refused(HASH, "must be sha256: and 64 hex digits");
        }
        String sha256 = Ids.sha256(body);
        String told = hash.strip().substring(7).toLowerCase(Locale.ROOT);
        if (!MessageDigest.isEqual(bytes(sha256), bytes(told))) {
            return refused(HASH, "is not that of the body: the document was cut or changed on its way");
        }
        for (String header : List.of(KIND, NAMESPACE, NAME)) {
            String value = headers.apply(header);
            if (value == null || !value.matches("[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")) {
                return refused(header, "must be there and a name of Kubernetes");
            }
        }
        JsonNode root;
        try {
            root = JSON.readTree(body);
        } catch (JacksonException e) {
            // The message of the parser quotes the input, which may be anything.
            String at = e.getLocation() == null
                    ? ""
                    : " (line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr() + ")";
            return refused("", "not one whole JSON document" + at);
        }
        AibomBill bill = new AibomBill(
                root,
                String.valueOf(headers.apply(KIND)),
                String.valueOf(headers.apply(NAMESPACE)),
                String.valueOf(headers.apply(NAME)));
        LineError fault = bill.fault();
        return fault != null ? new Batch<>(List.of(), List.of(), List.of(fault)) : accepted(bill, sha256, clock);
    }

    private Batch<Observation> accepted(AibomBill bill, String sha256, InstantSource clock) {
        Instant now = Instant.ofEpochMilli(clock.millis());
        Instant told = bill.timestamp();
        // Nothing holds from a time to come.
        Instant effectiveAt = told == null || told.isAfter(now) ? null : told;
        Evidence evidence = Evidence.newBuilder()
                .setSha256(sha256)
                .setMethod(ReceiverConfig.TYPE)
                .build();
        DeploymentFacts facts =
                new DeploymentReading(bill.facts(config), effectiveAt, evidence, bill.confidence()).facts();
        if (!FactsLimit.holds(Canonical.fields(facts))) {
            return refused("components", "hold more than " + FactsLimit.MAX_CHARACTERS + " characters of facts");
        }
        String digest = Ids.factsDigest(facts);
        Observation observation = Observation.newBuilder()
                .setId(Ids.observation(
                        config.name(), null, facts.getId(), effectiveAt == null ? now : effectiveAt, digest))
                .setKind(ObservationKind.DEPLOYMENT)
                .setSource(config.name())
                .setSubject(facts.getId())
                .setObservedAt(now)
                .setEffectiveAt(effectiveAt)
                .setFactsDigest(digest)
                .setConfidence(bill.confidence())
                .setDeployment(facts)
                .setEvidence(evidence)
                .build();
        return new Batch<>(List.of(observation), List.of(1), List.of());
    }

    private static Batch<Observation> refused(String field, String message) {
        return new Batch<>(List.of(), List.of(), List.of(new LineError(1, field, message)));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
