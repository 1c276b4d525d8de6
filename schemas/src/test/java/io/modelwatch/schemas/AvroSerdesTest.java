package io.modelwatch.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.schemas.AvroSerdes.RegistryUnreachableException;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.Tick;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serde;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AvroSerdesTest {

    private static final String TOPIC = "modelwatch.lineage.v1";

    private final AvroSerdes serdes = new AvroSerdes(new FakeSchemaRegistry());
    private final Serde<Lineage> serde = serdes.of(Topics.LINEAGE);
    private final Lineage lineage = Lineage.newBuilder()
            .setModel("pkg:huggingface/a/b")
            .setCycle(List.of("pkg:huggingface/a/b"))
            .build();

    @Test
    void readsWhatItWrote() {
        byte[] bytes = serde.serializer().serialize(TOPIC, lineage);

        assertThat(bytes).startsWith(0, 0, 0, 0, 1);
        assertThat(serde.deserializer().deserialize(TOPIC, bytes)).isEqualTo(lineage);
    }

    @Test
    void timesComeBackInMilliseconds() {
        Serde<Tick> ticks = serdes.of(Topics.TICKS);
        Tick tick = new Tick(Instant.parse("2026-03-01T10:00:00.123Z"));

        assertThat(ticks.deserializer().deserialize(TOPIC, ticks.serializer().serialize(TOPIC, tick)))
                .isEqualTo(tick);
    }

    @Test
    void nullIsATombstone() {
        assertThat(serde.serializer().serialize(TOPIC, null)).isNull();
        assertThat(serde.deserializer().deserialize(TOPIC, (byte[]) null)).isNull();
    }

    @Test
    void emptyBytesAreNoRecord() {
        refuses(new byte[0], "wire format");
    }

    @Test
    void aLoneHeaderIsNoRecord() {
        serde.serializer().serialize(TOPIC, lineage);

        refuses(new byte[] {0, 0, 0, 0, 1}, "Lineage");
    }

    @Test
    void anotherMagicByteIsNoRecord() {
        byte[] bytes = serde.serializer().serialize(TOPIC, lineage);
        bytes[0] = 1;

        refuses(bytes, "wire format");
    }

    @Test
    void leftoverBytesAreNotPassedOver() {
        byte[] bytes = serde.serializer().serialize(TOPIC, lineage);

        refuses(Arrays.copyOf(bytes, bytes.length + 1), "left over");
    }

    @Test
    void truncatedBytesAreRefused() {
        byte[] bytes = serde.serializer().serialize(TOPIC, lineage);

        for (int length = 0; length < bytes.length; length++) {
            refuses(Arrays.copyOf(bytes, length), TOPIC);
        }
    }

    @Test
    void anUnknownSchemaIdIsRefused() {
        refuses(new byte[] {0, 0, 0, 0, 99, 0}, "99");
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 1_000_000_000, Integer.MAX_VALUE - 8, Integer.MAX_VALUE, Long.MAX_VALUE, Long.MIN_VALUE})
    void aHugeStringIsRefusedWithoutTheMemoryForIt(long length) throws IOException {
        serde.serializer().serialize(TOPIC, lineage);

        refuses(framed(length, 'a'), "Lineage");
    }

    @ParameterizedTest
    @ValueSource(longs = {1_000_000_000, Integer.MAX_VALUE - 8, Integer.MAX_VALUE, Long.MAX_VALUE, Long.MIN_VALUE})
    void aHugeArrayIsRefusedWithoutTheMemoryForIt(long length) throws IOException {
        serde.serializer().serialize(TOPIC, lineage);

        // The model's name, empty; then the parents.
        refuses(framed(0, length), "Lineage");
    }

    @Test
    void anUnreachableRegistryIsTriedAgain() throws IOException {
        int closed;
        try (ServerSocket socket = new ServerSocket(0)) {
            closed = socket.getLocalPort();
        }
        AvroSerdes unreachable = new AvroSerdes(new ConfluentRegistry("http://127.0.0.1:" + closed, Map.of()));

        assertThatThrownBy(() -> unreachable.of(Topics.LINEAGE).serializer().serialize(TOPIC, lineage))
                .isInstanceOf(RegistryUnreachableException.class);
        assertThatThrownBy(() ->
                        unreachable.of(Topics.LINEAGE).deserializer().deserialize(TOPIC, new byte[] {0, 0, 0, 0, 1, 0}))
                .isInstanceOf(RegistryUnreachableException.class)
                .hasMessageContaining("cannot be reached");
    }

    @Test
    void topicsThatHoldNoAvroHaveNoSerde() {
        assertThatThrownBy(() -> serdes.of(Topics.CURSORS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cursors");
    }

    private void refuses(byte[] bytes, String why) {
        assertThatThrownBy(() -> serde.deserializer().deserialize(TOPIC, bytes))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining(why);
    }

    private static byte[] framed(long... longs) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(ByteBuffer.allocate(5).putInt(1, 1).array());
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
        for (long value : longs) {
            encoder.writeLong(value);
        }
        encoder.flush();
        return out.toByteArray();
    }
}
