package io.modelwatch.producers.source.modelfiles;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes headers of GGUF files, right and wrong. */
final class GgufWriter {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private long keys;

    GgufWriter text(String key, String value) {
        key(key, 8);
        string(value);
        return this;
    }

    GgufWriter uint32(String key, int value) {
        key(key, 4);
        out.writeBytes(little(4).putInt(value).array());
        return this;
    }

    GgufWriter float64(String key, double value) {
        key(key, 12);
        out.writeBytes(little(8).putDouble(value).array());
        return this;
    }

    GgufWriter texts(String key, int count) {
        key(key, 9);
        out.writeBytes(little(12).putInt(8).putLong(count).array());
        for (int i = 0; i < count; i++) {
            string("token" + i);
        }
        return this;
    }

    /** A list that says that it has more than it has, of any type. */
    GgufWriter lyingList(String key, int type, long count) {
        key(key, 9);
        out.writeBytes(little(12).putInt(type).putLong(count).array());
        return this;
    }

    GgufWriter nested(String key, int depth) {
        key(key, 9);
        for (int i = 0; i < depth; i++) {
            out.writeBytes(little(12).putInt(9).putLong(1).array());
        }
        return this;
    }

    byte[] bytes() {
        return bytes(3, keys);
    }

    byte[] bytes(int version, long saidKeys) {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.writeBytes("GGUF".getBytes(UTF_8));
        whole.writeBytes(
                little(20).putInt(version).putLong(291).putLong(saidKeys).array());
        whole.writeBytes(out.toByteArray());
        return whole.toByteArray();
    }

    private void key(String key, int type) {
        string(key);
        out.writeBytes(little(4).putInt(type).array());
        keys++;
    }

    private void string(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        out.writeBytes(little(8).putLong(bytes.length).array());
        out.writeBytes(bytes);
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
