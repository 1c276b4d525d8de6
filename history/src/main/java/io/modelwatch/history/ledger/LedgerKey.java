package io.modelwatch.history.ledger;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The key that signs the ledger, Ed25519 (RFC 8032), and those that signed before it. Its file is PEM: one {@code PRIVATE
 * KEY} (PKCS #8, as {@code openssl genpkey -algorithm ed25519} writes it) and any number of {@code PUBLIC KEY}s that are
 * trusted beside it.
 */
public final class LedgerKey {

    private static final String ALGORITHM = "Ed25519";
    private static final int MAX_FILE = 64 << 10;
    private static final Pattern PEM =
            Pattern.compile("-----BEGIN (PRIVATE|PUBLIC) KEY-----([A-Za-z0-9+/=\\s]+)-----END \\1 KEY-----");

    private final PrivateKey privateKey;
    private final PublicKey publicKey;
    private final Map<String, PublicKey> trusted = new LinkedHashMap<>();

    private LedgerKey(KeyPair pair, List<PublicKey> before) {
        this.privateKey = pair.getPrivate();
        this.publicKey = pair.getPublic();
        trusted.put(fingerprint(publicKey), publicKey);
        before.forEach(key -> trusted.put(fingerprint(key), key));
    }

    /** Returns a new key that is in no file. */
    public static LedgerKey generate() {
        try {
            return new LedgerKey(KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair(), List.of());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no Ed25519", e);
        }
    }

    /**
     * Reads the key of a file, which is made where it is not there yet, readable by its owner alone.
     *
     * @throws IllegalArgumentException if the file cannot be read or written, or holds no such key; the message never
     *     quotes it
     */
    public static LedgerKey of(Path file) {
        try {
            if (Files.notExists(file)) {
                create(file, generate());
            }
            if (Files.size(file) > MAX_FILE) {
                throw new IllegalArgumentException(file + ": too long for a key");
            }
            return parse(file, Files.readString(file, StandardCharsets.US_ASCII));
        } catch (IOException | UnsupportedOperationException e) {
            throw new IllegalArgumentException(file + ": the key of the ledger cannot be read or made: "
                    + e.getClass().getSimpleName());
        }
    }

    private static void create(Path file, LedgerKey key) throws IOException {
        Path directory = Objects.requireNonNull(file.toAbsolutePath().getParent());
        Files.createDirectories(directory);
        boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] owner = posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
        Path whole = Files.createTempFile(directory, "ledger", ".new", owner);
        try {
            Files.writeString(whole, pem("PRIVATE", key.privateKey.getEncoded()), StandardCharsets.US_ASCII);
            Files.createLink(file, whole);
        } catch (FileAlreadyExistsException e) {
            // Another instance was faster: its key counts.
        } finally {
            Files.delete(whole);
        }
    }

    private static LedgerKey parse(Path file, String text) {
        PrivateKey secret = null;
        List<PublicKey> before = new ArrayList<>();
        try {
            KeyFactory keys = KeyFactory.getInstance(ALGORITHM);
            Matcher pem = PEM.matcher(text);
            while (pem.find()) {
                byte[] encoded = Base64.getMimeDecoder().decode(pem.group(2));
                if (pem.group(1).equals("PUBLIC")) {
                    before.add(keys.generatePublic(new X509EncodedKeySpec(encoded)));
                } else if (secret == null) {
                    secret = keys.generatePrivate(new PKCS8EncodedKeySpec(encoded));
                } else {
                    throw new IllegalArgumentException(
                            file + ": two private keys; keep one, and of the other its PUBLIC KEY");
                }
            }
            if (secret == null) {
                throw new IllegalArgumentException(
                        file + ": no PRIVATE KEY in PEM; `openssl genpkey -algorithm ed25519` makes one");
            }
            return new LedgerKey(new KeyPair(publicOf(secret), secret), before);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(file + ": holds a key that is not Ed25519");
        }
    }

    /** A private key file holds the seed alone; a generator that is fed with the seed makes the pair of it again. */
    private static PublicKey publicOf(PrivateKey secret) throws GeneralSecurityException {
        byte[] seed = ((EdECPrivateKey) secret)
                .getBytes()
                .orElseThrow(() -> new GeneralSecurityException("the key gives no seed"));
        KeyPairGenerator generator = KeyPairGenerator.getInstance(ALGORITHM);
        generator.initialize(NamedParameterSpec.ED25519, new Seed(seed));
        return generator.generateKeyPair().getPublic();
    }

    /** Gives a known seed where a random one is asked for. */
    private static final class Seed extends SecureRandom {
        private static final long serialVersionUID = 1L;
        private final byte[] seed;

        Seed(byte[] seed) {
            this.seed = seed.clone();
        }

        @Override
        public void nextBytes(byte[] bytes) {
            System.arraycopy(seed, 0, bytes, 0, bytes.length);
        }
    }

    private static String pem(String kind, byte[] encoded) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded);
        return "-----BEGIN " + kind + " KEY-----\n" + body + "\n-----END " + kind + " KEY-----\n";
    }

    /** Returns the public key as PEM, to be given to whoever checks. */
    public String publicPem() {
        return pem("PUBLIC", publicKey.getEncoded());
    }

    /** Returns the name of the key: the first half of the SHA-256 of its public part, hex. */
    public String fingerprint() {
        return fingerprint(publicKey);
    }

    private static String fingerprint(PublicKey key) {
        return HexFormat.of().formatHex(Hashes.sha256(key.getEncoded()), 0, 16);
    }

    byte[] sign(byte[] hash) {
        try {
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initSign(privateKey);
            signature.update(hash);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the ledger cannot be signed", e);
        }
    }

    /** Returns why a signature does not count, or null if it does. */
    @Nullable
    String objection(String fingerprint, byte[] hash, byte[] signature) {
        PublicKey key = trusted.get(fingerprint);
        if (key == null) {
            return "is signed with the key " + fingerprint + ", which is not trusted here";
        }
        return verifies(key, hash, signature) ? null : "its signature is not that of the key " + fingerprint;
    }

    private static boolean verifies(PublicKey key, byte[] hash, byte[] signed) {
        try {
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initVerify(key);
            signature.update(hash);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /**
     * Checks a signature with a public key of a file, for whoever does not take our word.
     *
     * @param pem text with one or more {@code PUBLIC KEY}s
     * @return false too where the text has no such key
     */
    public static boolean verifies(String pem, byte[] hash, byte[] signature) {
        Matcher block = PEM.matcher(pem);
        while (block.find()) {
            try {
                byte[] encoded = Base64.getMimeDecoder().decode(block.group(2));
                if (block.group(1).equals("PUBLIC")
                        && verifies(
                                KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(encoded)),
                                hash,
                                signature)) {
                    return true;
                }
            } catch (GeneralSecurityException | IllegalArgumentException e) {
                // Not such a key: the next may be.
            }
        }
        return false;
    }
}
