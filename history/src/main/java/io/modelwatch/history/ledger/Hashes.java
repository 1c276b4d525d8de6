package io.modelwatch.history.ledger;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;

/** What is hashed, and how. Every part has its length in front, so that no two rows are the same text. */
final class Hashes {

    /** Before the first entry of a chain and the first seal. */
    static final byte[] NONE = new byte[32];

    /** Bytes of a chain's name: enough that no two meet, and short as a key of an index. */
    private static final int CHAIN = 16;

    private Hashes() {}

    static byte[] sha256(byte[] bytes) {
        return digest().digest(bytes);
    }

    /** Returns the key of a chain. */
    static byte[] chain(String deployment, String stream) {
        return Arrays.copyOf(texts("modelwatch chain 1", deployment, stream), CHAIN);
    }

    /** Returns the digest of what a row says. */
    static byte[] texts(String... parts) {
        MessageDigest digest = digest();
        for (String part : parts) {
            byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
            digest.update(ByteBuffer.allocate(4).putInt(bytes.length).flip());
            digest.update(bytes);
        }
        return digest.digest();
    }

    /** Returns the hash of an entry upon the one before it. */
    static byte[] entry(byte[] chain, long n, long item, byte[] digest, byte[] before) {
        MessageDigest hash = digest();
        hash.update("modelwatch entry 1".getBytes(StandardCharsets.US_ASCII));
        hash.update(chain);
        hash.update(ByteBuffer.allocate(16).putLong(n).putLong(item).flip());
        hash.update(digest);
        hash.update(before);
        return hash.digest();
    }

    /** Returns the hash of a seal upon the one before it. */
    static byte[] seal(long n, Instant at, String heads, byte[] before) {
        MessageDigest hash = digest();
        hash.update("modelwatch seal 1".getBytes(StandardCharsets.US_ASCII));
        hash.update(
                ByteBuffer.allocate(16).putLong(n).putLong(at.toEpochMilli()).flip());
        hash.update(before);
        hash.update(sha256(heads.getBytes(StandardCharsets.UTF_8)));
        return hash.digest();
    }

    static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
