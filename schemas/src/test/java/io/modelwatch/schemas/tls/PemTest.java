package io.modelwatch.schemas.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PemTest {

    @TempDir
    static Path dir;

    private static Certificates ours;

    @BeforeAll
    static void make() throws Exception {
        ours = Certificates.of(dir, "dns:localhost");
    }

    @Test
    void anIdentityIsACertificateWithItsKey() throws Exception {
        assertThat(Pem.identity(ours.authority(), ours.key()).isKeyEntry("server"))
                .isTrue();
        assertThat(Pem.trusting(ours.authority()).getProtocol()).isEqualTo("TLS");
    }

    @Test
    void theKeyOfAnotherCertificateIsRefused() throws Exception {
        Certificates others = Certificates.of(Files.createDirectory(dir.resolve("others")), "dns:localhost");
        assertThatThrownBy(() -> Pem.identity(ours.authority(), others.key()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "the key in " + others.key() + " is not that of the first certificate in " + ours.authority());
    }

    @Test
    void whatIsWrongWithAFileIsSaidAndNothingOfAKeyIs() throws Exception {
        Path none = dir.resolve("none.pem");
        assertThatThrownBy(() -> Pem.trusting(none)).hasMessage(none + " cannot be read: there is no such file");
        assertThatThrownBy(() -> Pem.identity(ours.authority(), none))
                .hasMessage(none + " cannot be read: there is no such file");
        Path empty = Files.writeString(dir.resolve("empty.pem"), "");
        assertThatThrownBy(() -> Pem.trusting(empty)).hasMessage(empty + " holds no certificate (PEM)");
        assertThatThrownBy(() -> Pem.identity(ours.authority(), empty))
                .hasMessage(empty + " holds no private key (PEM)");
        Path old = Files.writeString(
                dir.resolve("old.pem"), "-----BEGIN EC PRIVATE KEY-----\nc2VjcmV0\n-----END EC PRIVATE KEY-----\n");
        assertThatThrownBy(() -> Pem.identity(ours.authority(), old))
                .hasMessageContaining("openssl pkcs8 -topk8 -nocrypt")
                .hasMessageNotContaining("c2VjcmV0");
        Path wrong = Files.writeString(
                dir.resolve("wrong.pem"), "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n");
        assertThatThrownBy(() -> Pem.identity(ours.authority(), wrong))
                .hasMessage("the key in " + wrong + " cannot be read, or is none for a certificate with EC");
    }
}
