package io.modelwatch.schemas;

import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.ModelFacts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Collections;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.UUID;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * Ids are content: the same facts give the same ids in every run, retry and replay, so that consumers can
 * de-duplicate. All are the first 128 bits of a SHA-256 over the parts, in lower-case hex.
 */
public final class Ids {

    static {
        AvroTrust.establish();
    }

    private static final int BYTES = 16;

    /** Asking for a new one each time costs as much as a short digest. It is as new after every digest. */
    private static final ThreadLocal<MessageDigest> SHA_256 = ThreadLocal.withInitial(() -> {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    });

    /** By identity: comparing schemas costs more than what is saved. */
    private static final Map<Schema, SpecificDatumWriter<SpecificRecord>> WRITERS =
            Collections.synchronizedMap(new IdentityHashMap<>());

    private Ids() {}

    /** Returns the digest of a model's canonical facts. */
    public static String factsDigest(ModelFacts facts) {
        return digest(Canonical.json(Canonical.fields(facts)));
    }

    /** Returns the digest of a deployment's canonical facts. */
    public static String factsDigest(DeploymentFacts facts) {
        return digest(Canonical.json(Canonical.fields(facts)));
    }

    /**
     * Returns the id of an observation.
     *
     * @param effective {@code effectiveAt}, or {@code observedAt} where the source gives none
     */
    public static String observation(
            String source, @Nullable String scope, String subject, Instant effective, String factsDigest) {
        return digest("observation", source, scope == null ? "" : scope, subject, effective.toString(), factsDigest);
    }

    /** Returns the id of a change: of its observation's id and its field ("" where there is none). */
    public static String change(String observationId, @Nullable String field) {
        return digest("change", observationId, field == null ? "" : field);
    }

    /** Returns the id of an alert. */
    public static String alert(String deployment, String cause, String scope) {
        return digest("alert", deployment, cause, scope);
    }

    /** Returns the id of the group of alerts that one change of a model led to. */
    public static String groupOfChange(String change) {
        return digest("alert-group", "change", change);
    }

    /** Returns the id of the group of alerts that the loss of one procurement event led to. */
    public static String groupOfProcurement(String event) {
        return digest("alert-group", "procurement", event);
    }

    /** Returns the id of what is said of a provenance change of a deployment. */
    public static String verdict(String deployment, String changeId) {
        return digest("verdict", deployment, changeId);
    }

    /** Returns the fixed serial number of a deployment's MBOM, as CycloneDX wants it. */
    public static String serialNumber(String deployment) {
        return "urn:uuid:" + UUID.nameUUIDFromBytes(("modelwatch:" + deployment).getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the first 128 bits of the SHA-256 of the parts, each preceded by its length, in lower-case hex. */
    public static String digest(String... parts) {
        MessageDigest sha = SHA_256.get();
        for (String part : parts) {
            update(sha, part.getBytes(StandardCharsets.UTF_8));
        }
        return HexFormat.of().formatHex(sha.digest(), 0, BYTES);
    }

    /**
     * Returns the id of an event that says a record: the same content has the same id in every run.
     *
     * @param kind keeps what different topics say of one record apart
     */
    public static String event(String kind, String key, SpecificRecord record) {
        ByteArrayOutputStream content = new ByteArrayOutputStream(1024);
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(content, null);
        try {
            WRITERS.computeIfAbsent(
                            record.getSchema(),
                            schema -> new SpecificDatumWriter<>(schema, SpecificData.getForSchema(schema)))
                    .write(record, encoder);
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        MessageDigest sha = SHA_256.get();
        update(sha, kind.getBytes(StandardCharsets.UTF_8));
        update(sha, key.getBytes(StandardCharsets.UTF_8));
        update(sha, content.toByteArray());
        return HexFormat.of().formatHex(sha.digest(), 0, BYTES);
    }

    private static void update(MessageDigest sha, byte[] bytes) {
        // The length keeps ("ab","c") and ("a","bc") apart.
        sha.update((byte) (bytes.length >>> 24));
        sha.update((byte) (bytes.length >>> 16));
        sha.update((byte) (bytes.length >>> 8));
        sha.update((byte) bytes.length);
        sha.update(bytes);
    }

    /** Returns the whole SHA-256 of some bytes, in lower-case hex: the digest in evidence. */
    public static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(SHA_256.get().digest(bytes));
    }
}
