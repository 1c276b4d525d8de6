package io.modelwatch.connect;

import io.modelwatch.schemas.Topic;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.util.RandomData;

/** Records of a topic with every field filled by chance, absent ones among them. */
final class Samples {

    /** Times are drawn from two months: a writer keeps a file open for each partition of a batch. */
    private static final long FIRST_TIME = Instant.parse("2026-01-15T00:00:00Z").toEpochMilli();

    private static final long TIMES = Duration.ofDays(60).toMillis();

    private Samples() {}

    /** Makes records; the same seed makes the same. */
    static <V extends SpecificRecord> List<V> of(Topic<V> topic, int count, long seed) throws IOException {
        Schema schema = SpecificData.get().getSchema(topic.valueType());
        SpecificDatumReader<V> reader = new SpecificDatumReader<>(topic.valueType());
        List<V> records = new ArrayList<>();
        for (Object random : new RandomData(schema, count, seed)) {
            inTime(schema, random);
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
            new GenericDatumWriter<>(schema).write(random, encoder);
            encoder.flush();
            records.add(reader.read(null, DecoderFactory.get().binaryDecoder(bytes.toByteArray(), null)));
        }
        return records;
    }

    /** Brings times, which are any number at first, into a range that tables can hold. */
    private static Object inTime(Schema schema, Object value) {
        switch (schema.getType()) {
            case RECORD -> {
                GenericRecord entry = (GenericRecord) value;
                for (Schema.Field field : schema.getFields()) {
                    entry.put(field.pos(), inTime(field.schema(), entry.get(field.pos())));
                }
            }
            case ARRAY -> {
                @SuppressWarnings("unchecked")
                List<Object> items = (List<Object>) value;
                items.replaceAll(item -> inTime(schema.getElementType(), item));
            }
            case UNION -> {
                if (value != null) {
                    return inTime(
                            schema.getTypes().stream()
                                    .filter(branch -> branch.getType() != Schema.Type.NULL)
                                    .findFirst()
                                    .orElseThrow(),
                            value);
                }
            }
            case LONG -> {
                if (schema.getLogicalType() != null) {
                    return FIRST_TIME + Math.floorMod((Long) value, TIMES);
                }
            }
            default -> {}
        }
        return value;
    }
}
