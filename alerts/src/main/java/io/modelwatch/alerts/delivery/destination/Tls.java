package io.modelwatch.alerts.delivery.destination;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** TLS towards endpoints whose certificates an authority of the company's own has signed. */
final class Tls {

    private Tls() {}

    /**
     * Returns a context that trusts the authorities in a file, and no others.
     *
     * @param caFile certificates, PEM
     * @throws IllegalArgumentException if the file cannot be read or holds none
     */
    static SSLContext trusting(String caFile) {
        try (InputStream in = Files.newInputStream(Path.of(caFile))) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            int count = 0;
            for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                trusted.setCertificateEntry("ca-" + count++, one);
            }
            if (count == 0) {
                throw new IllegalArgumentException("caFile " + caFile + " holds no certificate (PEM)");
            }
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException("caFile " + caFile + " cannot be read: " + e.getMessage(), e);
        }
    }
}
