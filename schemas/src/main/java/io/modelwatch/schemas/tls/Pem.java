package io.modelwatch.schemas.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Reads PEM files. What is wrong with one is an {@link IllegalArgumentException} that names the file and says what to do. */
public final class Pem {

    private static final Pattern KEY =
            Pattern.compile("-----BEGIN ([A-Z ]*PRIVATE KEY)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");

    private Pem() {}

    /**
     * Returns a context that trusts the authorities in a file, and no others.
     *
     * @param authorities certificates
     */
    public static SSLContext trusting(Path authorities) {
        try {
            KeyStore trusted = empty();
            int count = 0;
            for (Certificate one : certificates(authorities)) {
                trusted.setCertificateEntry("ca-" + count++, one);
            }
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw unreadable(authorities, e);
        }
    }

    /**
     * Returns who a server is, in a store without a password.
     *
     * @param chain its certificate, then those of the authorities between
     * @param key its key: PKCS #8, not encrypted
     */
    public static KeyStore identity(Path chain, Path key) {
        try {
            Certificate[] certificates = certificates(chain).toArray(Certificate[]::new);
            PrivateKey secret = key(key, certificates[0].getPublicKey().getAlgorithm());
            if (!fits(secret, certificates[0].getPublicKey())) {
                throw new IllegalArgumentException(
                        "the key in " + key + " is not that of the first certificate in " + chain);
            }
            KeyStore identity = empty();
            identity.setKeyEntry("server", secret, new char[0], certificates);
            return identity;
        } catch (IOException | GeneralSecurityException e) {
            throw unreadable(chain, e);
        }
    }

    private static KeyStore empty() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static Collection<? extends Certificate> certificates(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            Collection<? extends Certificate> all =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (all.isEmpty()) {
                throw new IllegalArgumentException(file + " holds no certificate (PEM)");
            }
            return all;
        } catch (IOException | GeneralSecurityException e) {
            throw unreadable(file, e);
        }
    }

    private static PrivateKey key(Path file, String algorithm) {
        try {
            Matcher found = KEY.matcher(Files.readString(file));
            if (!found.find()) {
                throw new IllegalArgumentException(file + " holds no private key (PEM)");
            }
            if (!found.group(1).equals("PRIVATE KEY")) {
                throw new IllegalArgumentException(
                        file + " holds a key as '" + found.group(1) + "'; 'openssl pkcs8 -topk8 -nocrypt -in " + file
                                + "' makes the 'PRIVATE KEY' that is read here");
            }
            byte[] encoded = Base64.getMimeDecoder().decode(found.group(2));
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } catch (IOException e) {
            throw unreadable(file, e);
        } catch (GeneralSecurityException e) {
            // Not what went wrong inside: that could quote the key.
            throw new IllegalArgumentException(
                    "the key in " + file + " cannot be read, or is none for a certificate with " + algorithm);
        }
    }

    private static boolean fits(PrivateKey secret, PublicKey open) throws GeneralSecurityException {
        String algorithm =
                switch (open.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    case "DSA" -> "SHA256withDSA";
                    default -> open.getAlgorithm();
                };
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(secret);
        signature.update((byte) 1);
        byte[] signed = signature.sign();
        signature.initVerify(open);
        signature.update((byte) 1);
        return signature.verify(signed);
    }

    private static IllegalArgumentException unreadable(Path file, Exception e) {
        String reason = e instanceof NoSuchFileException ? "there is no such file" : e.getMessage();
        return new IllegalArgumentException(file + " cannot be read: " + reason, e);
    }
}
