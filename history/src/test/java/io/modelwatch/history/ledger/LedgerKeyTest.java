package io.modelwatch.history.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LedgerKeyTest {

    private static final byte[] HASH = Hashes.sha256("what is signed".getBytes());

    @TempDir
    Path dir;

    @Test
    void a_key_is_made_once_and_readable_by_its_owner_alone() throws Exception {
        Path file = dir.resolve("new/ledger.key");

        LedgerKey made = LedgerKey.of(file);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(LedgerKey.of(file).fingerprint()).isEqualTo(made.fingerprint());
        assertThat(made.objection(made.fingerprint(), HASH, LedgerKey.of(file).sign(HASH)))
                .isNull();
        try (var files = Files.list(file.getParent())) {
            assertThat(files).containsExactly(file);
        }
    }

    /** RFC 8032, section 7.1, test 1: the file holds the seed alone, and the public key follows from it. */
    @Test
    void the_public_key_follows_from_the_private_one() throws Exception {
        Path file = dir.resolve("ledger.key");
        Files.writeString(file, """
            -----BEGIN PRIVATE KEY-----
            MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
            -----END PRIVATE KEY-----
            """);

        // MCowBQYDK2VwAyEA and the 32 bytes of d75a9801…f707511a.
        assertThat(LedgerKey.of(file).publicPem())
                .contains("MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
    }

    @Test
    void signatures_are_the_same_each_time_and_prove_something() {
        LedgerKey key = LedgerKey.generate();
        byte[] signature = key.sign(HASH);

        assertThat(key.sign(HASH)).isEqualTo(signature);
        assertThat(LedgerKey.verifies(key.publicPem(), HASH, signature)).isTrue();
        assertThat(LedgerKey.verifies(key.publicPem(), Hashes.sha256(HASH), signature))
                .isFalse();
        assertThat(LedgerKey.verifies(LedgerKey.generate().publicPem(), HASH, signature))
                .isFalse();
        assertThat(LedgerKey.verifies("no key", HASH, signature)).isFalse();
    }

    @Test
    void a_key_of_before_stays_trusted_where_the_file_names_it() throws Exception {
        LedgerKey before = LedgerKey.generate();
        Path file = dir.resolve("ledger.key");
        LedgerKey made = LedgerKey.of(file);
        assertThat(made.objection(before.fingerprint(), HASH, before.sign(HASH)))
                .contains("which is not trusted here");

        Files.writeString(file, Files.readString(file) + before.publicPem());

        LedgerKey both = LedgerKey.of(file);
        assertThat(both.fingerprint()).isEqualTo(made.fingerprint());
        assertThat(both.objection(before.fingerprint(), HASH, before.sign(HASH)))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v",
                "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v\n-----END PRIVATE KEY-----\n",
                "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n"
            })
    void what_is_no_key_is_refused_and_not_quoted(String text) throws Exception {
        Path file = dir.resolve("ledger.key");
        Files.writeString(file, text);

        assertThatThrownBy(() -> LedgerKey.of(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(file.toString())
                .message()
                .doesNotContain("IJ1hsZ3v");
    }

    @Test
    void two_private_keys_are_one_too_many() throws Exception {
        Path file = dir.resolve("ledger.key");
        LedgerKey.of(file);
        Files.writeString(file, Files.readString(file).repeat(2));

        assertThatThrownBy(() -> LedgerKey.of(file)).hasMessageContaining("two private keys");
    }
}
