package io.modelwatch.producers.source;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Whether somebody who posts knows a secret; the one place where that is compared. */
public final class Proof {

    private static final String HMAC_SHA256 = "HmacSHA256";

    private Proof() {}

    /** Returns whether two texts are the same, in a time that tells nothing of either. */
    public static boolean equal(String one, String other) {
        // Digests have one length, whatever was sent.
        return MessageDigest.isEqual(sha256(one), sha256(other));
    }

    /** Returns the HMAC-SHA256 of something. */
    public static byte[] hmac(String secret, byte[] body) {
        try {
            Mac mac = Mac.getInstance(HMAC_SHA256);
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), HMAC_SHA256));
            return mac.doFinal(body);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + HMAC_SHA256, e);
        }
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
