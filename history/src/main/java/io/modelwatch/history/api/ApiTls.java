package io.modelwatch.history.api;

import io.modelwatch.schemas.tls.Pem;
import java.nio.file.Path;
import java.security.KeyStore;

/**
 * Where the certificate of the API is.
 *
 * @param certificate file with the certificate, then those of the authorities between, PEM
 * @param key file with its key, PEM (PKCS #8)
 */
public record ApiTls(Path certificate, Path key) {

    /**
     * Reads both.
     *
     * @throws IllegalArgumentException if one cannot be read, or they do not belong together
     */
    KeyStore read() {
        return Pem.identity(certificate, key);
    }
}
