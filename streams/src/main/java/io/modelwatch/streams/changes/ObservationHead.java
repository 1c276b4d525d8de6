package io.modelwatch.streams.changes;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.RegistryException;
import io.modelwatch.schemas.SchemaRegistry;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ObservationKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * The leading fields of an observation: all that is needed to see that nothing changed.
 *
 * @param effectiveAt null where the source gives none
 * @param digest digest of the canonical facts, 32 hex digits; empty for a sweep
 */
record ObservationHead(
        ObservationKind kind,
        String source,
        @Nullable String scope,
        String subject,
        Instant observedAt,
        @Nullable Instant effectiveAt,
        String digest) {

    /** Fields of the schema that are read here, in their order: id, kind, …, factsDigest. */
    private static final int LEADING = 8;

    static ObservationHead of(Observation observation) {
        return new ObservationHead(
                observation.getKind(),
                observation.getSource(),
                observation.getScope(),
                observation.getSubject(),
                observation.getObservedAt(),
                observation.getEffectiveAt(),
                observation.getFactsDigest());
    }

    Instant effective() {
        return effectiveAt == null ? observedAt : effectiveAt;
    }

    /** Reads heads without decoding what follows, where the writer's schema begins as ours does. */
    static final class Reader {
        private static final int NULL_BRANCH = 0;

        private final SchemaRegistry registry;
        private final Deserializer<Observation> whole;
        private final Map<Integer, Boolean> leading = new HashMap<>();
        private @Nullable BinaryDecoder reused;

        Reader(SchemaRegistry registry, Deserializer<Observation> whole) {
            this.registry = registry;
            this.whole = whole;
        }

        /** @throws SerializationException if the bytes are not an observation */
        ObservationHead read(String topic, byte[] bytes) {
            if (bytes.length > AvroSerdes.HEADER_BYTES && bytes[0] == 0 && beginsAlike(bytes)) {
                reused = DecoderFactory.get()
                        .binaryDecoder(bytes, AvroSerdes.HEADER_BYTES, bytes.length - AvroSerdes.HEADER_BYTES, reused);
                try {
                    return read(reused);
                } catch (IOException | RuntimeException e) {
                    throw new SerializationException(topic + ": not an observation: " + e, e);
                }
            }
            return of(whole.deserialize(topic, bytes));
        }

        private static ObservationHead read(BinaryDecoder in) throws IOException {
            in.skipString();
            ObservationKind kind = ObservationKind.values()[in.readEnum()];
            String source = in.readString();
            String scope = in.readIndex() == NULL_BRANCH ? null : in.readString();
            String subject = in.readString();
            Instant observedAt = Instant.ofEpochMilli(in.readLong());
            Instant effectiveAt = in.readIndex() == NULL_BRANCH ? null : Instant.ofEpochMilli(in.readLong());
            return new ObservationHead(kind, source, scope, subject, observedAt, effectiveAt, in.readString());
        }

        private boolean beginsAlike(byte[] bytes) {
            return leading.computeIfAbsent(ByteBuffer.wrap(bytes, 1, 4).getInt(), this::beginsAlike);
        }

        private boolean beginsAlike(int id) {
            Schema writer;
            try {
                writer = registry.byId(id);
            } catch (RegistryException e) {
                // The whole decoder meets the same refusal and words it for the dead letter.
                return false;
            }
            Schema ours = Observation.getClassSchema();
            if (writer.getType() != Schema.Type.RECORD || writer.getFields().size() < LEADING) {
                return false;
            }
            for (int i = 0; i < LEADING; i++) {
                Schema.Field theirs = writer.getFields().get(i);
                if (!theirs.name().equals(ours.getFields().get(i).name())
                        || !theirs.schema().equals(ours.getFields().get(i).schema())) {
                    return false;
                }
            }
            return true;
        }
    }
}
