package io.modelwatch.alerts.delivery.destination;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HMAC-SHA256, which every tool signs with. */
final class Hmac {

    private static final String ALGORITHM = "HmacSHA256";

    private Hmac() {}

    /** Returns the code of the parts, one after the other. */
    static byte[] of(byte[] key, byte[]... parts) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            for (byte[] part : parts) {
                mac.update(part);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }

    /** Returns whether a text is a code in hex, in a time that tells nothing of it. */
    static boolean isHexOf(String text, byte[] code) {
        byte[] given;
        try {
            given = HexFormat.of().parseHex(text);
        } catch (IllegalArgumentException e) {
            return false;
        }
        return MessageDigest.isEqual(given, code);
    }
}
