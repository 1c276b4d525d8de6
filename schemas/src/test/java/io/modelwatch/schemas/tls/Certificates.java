package io.modelwatch.schemas.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A certificate for this machine, made for one test by Java's own keytool. */
public final class Certificates {

    private static final char[] PASSWORD = "changeit".toCharArray();

    private final Path dir;
    private final KeyStore store;

    private Certificates(Path dir, KeyStore store) {
        this.dir = dir;
        this.store = store;
    }

    /** @param names subject alternative names, as keytool wants them: {@code dns:localhost,ip:127.0.0.1} */
    public static Certificates of(Path dir, String names)
            throws IOException, InterruptedException, GeneralSecurityException {
        Path file = dir.resolve("key.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "test",
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-dname",
                        "CN=test",
                        "-ext",
                        "san=" + names,
                        "-validity",
                        "3650",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        new String(PASSWORD))
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes());
        if (keytool.waitFor() != 0) {
            throw new IOException("keytool: " + said);
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD);
        }
        return new Certificates(dir, store);
    }

    /** What a server shows. */
    public SSLContext server() throws GeneralSecurityException {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    /** What a client trusts, as a PEM file; the server shows the same. */
    public Path authority() throws IOException, GeneralSecurityException {
        return write("ca.pem", "CERTIFICATE", store.getCertificate("test").getEncoded());
    }

    /** The server's key, as a PEM file. */
    public Path key() throws IOException, GeneralSecurityException {
        return write("key.pem", "PRIVATE KEY", store.getKey("test", PASSWORD).getEncoded());
    }

    private Path write(String name, String what, byte[] encoded) throws IOException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded);
        return Files.writeString(
                dir.resolve(name), "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n");
    }
}
