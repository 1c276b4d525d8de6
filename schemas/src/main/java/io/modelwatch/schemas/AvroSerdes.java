package io.modelwatch.schemas;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.Encoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/**
 * Serdes in the Confluent wire format: a zero byte, the schema id as four bytes, Avro binary. Any Confluent
 * deserializer reads what they write.
 */
public final class AvroSerdes {

    static {
        AvroTrust.establish();
    }

    /** Bytes before the Avro data: the zero byte and the schema id. */
    public static final int HEADER_BYTES = 5;

    private final SchemaRegistry registry;

    /** @param registry where schemas are registered and fetched */
    public AvroSerdes(SchemaRegistry registry) {
        this.registry = registry;
    }

    /** Returns the registry behind these serdes. */
    public SchemaRegistry registry() {
        return registry;
    }

    /**
     * Returns the serde of a topic's values.
     *
     * @throws IllegalArgumentException if the topic's values are not Avro
     */
    public <V extends SpecificRecord> Serde<V> of(Topic<V> topic) {
        Class<V> type = topic.valueType();
        if (type == null) {
            throw new IllegalArgumentException(topic.entity() + " does not hold Avro");
        }
        return of(type);
    }

    /** Returns the serde of one Avro class; the registry subject is taken from the topic's name. */
    public <V extends SpecificRecord> Serde<V> of(Class<V> type) {
        return Serdes.serdeFrom(new AvroSerializer<V>(registry), new AvroDeserializer<>(registry, type));
    }

    /** Returns the serde of a topic's values where a store keeps them; see {@link #state(Class)}. */
    public <V extends SpecificRecord> Serde<V> state(Topic<V> topic) {
        return state(Objects.requireNonNull(topic.valueType(), topic.entity() + " does not hold Avro"));
    }

    /**
     * Returns the serde of one Avro class where a store keeps its values. One that cannot be read is no fault of the
     * record for which it is looked up: it is a {@link StateException}.
     */
    public <V extends SpecificRecord> Serde<V> state(Class<V> type) {
        Deserializer<V> values = new AvroDeserializer<>(registry, type);
        return Serdes.serdeFrom(new AvroSerializer<V>(registry), (topic, bytes) -> {
            try {
                return values.deserialize(topic, bytes);
            } catch (SerializationException e) {
                throw new StateException("the state in " + topic + " cannot be read: " + e.getMessage(), e);
            }
        });
    }

    /** Buffers are small: most records are. */
    private static final EncoderFactory ENCODERS = new EncoderFactory().configureBufferSize(512);

    private static final class AvroSerializer<V extends SpecificRecord> implements Serializer<V> {
        private final SchemaRegistry registry;
        private final Map<String, Integer> ids = new ConcurrentHashMap<>();
        private volatile @Nullable SpecificDatumWriter<V> writer;

        AvroSerializer(SchemaRegistry registry) {
            this.registry = registry;
        }

        @Override
        public byte @Nullable [] serialize(String topic, @Nullable V value) {
            if (value == null) {
                return null;
            }
            Schema schema = value.getSchema();
            int id = ids.computeIfAbsent(topic, t -> register(t, schema));
            try {
                ByteArrayOutputStream out = new ByteArrayOutputStream(512);
                out.write(0);
                out.write(ByteBuffer.allocate(4).putInt(id).array());
                // Not reused: Kafka Streams shares one serializer among its threads.
                BinaryEncoder encoder = ENCODERS.binaryEncoder(out, null);
                writer(schema).write(value, encoder);
                encoder.flush();
                return out.toByteArray();
            } catch (IOException | AvroRuntimeException | NullPointerException | ClassCastException e) {
                throw new SerializationException("cannot write " + schema.getName() + " to " + topic, e);
            }
        }

        /** All values are of one class, and so of one schema. */
        private SpecificDatumWriter<V> writer(Schema schema) {
            SpecificDatumWriter<V> known = writer;
            if (known == null) {
                known = new Writer<>(schema);
                writer = known;
            }
            return known;
        }

        private int register(String topic, Schema schema) {
            try {
                return registry.register(topic + "-value", schema);
            } catch (RegistryException e) {
                throw asKafka(e);
            }
        }
    }

    private static final class Writer<V> extends SpecificDatumWriter<V> {
        Writer(Schema schema) {
            super(schema, SpecificData.getForSchema(schema));
        }

        @Override
        protected void writeArray(Schema schema, Object datum, Encoder out) throws IOException {
            if (!(datum instanceof EncodedOnce<?> shared)) {
                super.writeArray(schema, datum, out);
                return;
            }
            byte[] bytes = shared.bytes();
            if (bytes == null) {
                ByteArrayOutputStream once = new ByteArrayOutputStream();
                BinaryEncoder encoder = ENCODERS.binaryEncoder(once, null);
                super.writeArray(schema, datum, encoder);
                encoder.flush();
                bytes = once.toByteArray();
                shared.bytes(bytes);
            }
            out.writeFixed(bytes);
        }
    }

    private static final class AvroDeserializer<V extends SpecificRecord> implements Deserializer<V> {
        private final SchemaRegistry registry;
        private final Schema readerSchema;
        private final SpecificData data;
        private final Map<Integer, SpecificDatumReader<V>> readers = new ConcurrentHashMap<>();

        AvroDeserializer(SchemaRegistry registry, Class<V> type) {
            this.registry = registry;
            this.data = SpecificData.getForClass(type);
            this.readerSchema = SpecificData.get().getSchema(type);
        }

        @Override
        public @Nullable V deserialize(String topic, byte @Nullable [] bytes) {
            if (bytes == null) {
                return null;
            }
            if (bytes.length < HEADER_BYTES || bytes[0] != 0) {
                throw new SerializationException(topic + ": not in the Confluent wire format (a zero byte and a"
                        + " four-byte schema id must come first)");
            }
            int id = ByteBuffer.wrap(bytes, 1, 4).getInt();
            SpecificDatumReader<V> reader = readers.computeIfAbsent(id, this::reader);
            try {
                // Not reused: Kafka Streams shares one deserializer among its threads.
                BinaryDecoder decoder =
                        DecoderFactory.get().binaryDecoder(bytes, HEADER_BYTES, bytes.length - HEADER_BYTES, null);
                V value = reader.read(null, decoder);
                if (!decoder.isEnd()) {
                    throw new SerializationException(topic + ": bytes left over after " + readerSchema.getName());
                }
                return Objects.requireNonNull(value);
            } catch (IOException | RuntimeException e) {
                if (e instanceof SerializationException s) {
                    throw s;
                }
                // Anything that garbage bytes can provoke in the decoder is the record's fault.
                throw new SerializationException(
                        topic + ": cannot read " + readerSchema.getName() + " with schema id " + id + ": " + e, e);
            }
        }

        private SpecificDatumReader<V> reader(int id) {
            try {
                return new SpecificDatumReader<>(registry.byId(id), readerSchema, data);
            } catch (RegistryException e) {
                throw asKafka(e);
            }
        }
    }

    /** A refusal makes the record a dead letter; an unreachable registry must be tried again and loses nothing. */
    private static RuntimeException asKafka(RegistryException e) {
        return e.refused()
                ? new SerializationException(e.getMessage(), e)
                : new RegistryUnreachableException(String.valueOf(e.getMessage()), e);
    }

    /** The registry could not be reached: nobody's record is at fault, the work must be tried again. */
    public static final class RegistryUnreachableException extends RetriableException {
        private static final long serialVersionUID = 1L;

        RegistryUnreachableException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
