package io.modelwatch.producers.source.modelfiles;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * SHA-256 of files, each read once for its size, time and place on the disk: forty gigabytes take minutes. Kept between
 * sweeps and restarts as the mark of the source.
 */
final class Digests {

    /** A record of Kafka holds a megabyte; what does not fit is read again after a restart. */
    private static final int MAX_MARK = 400_000;

    private static final int BUFFER = 1 << 20;

    private final Map<String, Known> byPath = new HashMap<>();
    private final Map<String, Known> used = new TreeMap<>();

    private record Known(String stamp, String digest) {}

    /** @param mark what {@link #mark} wrote; lines that are none are passed over */
    Digests(@Nullable String mark) {
        if (mark != null) {
            for (String line : mark.split("\n", -1)) {
                String[] parts = line.split("\t", -1);
                if (parts.length == 3 && parts[1].matches("[0-9a-f]{64}")) {
                    byPath.put(parts[2], new Known(parts[0], parts[1]));
                }
            }
        }
    }

    /**
     * Returns the digest of a file, in hex, or null if it was written to meanwhile.
     *
     * @param name of the file below the directory
     */
    @Nullable
    String of(String name, Path file) throws IOException, InterruptedException {
        String stamp = stamp(file);
        Known known = byPath.get(name);
        if (known == null || !known.stamp().equals(stamp)) {
            String digest = read(file);
            if (!stamp(file).equals(stamp)) {
                return null;
            }
            known = new Known(stamp, digest);
        }
        used.put(name, known);
        return known.digest();
    }

    /** Returns what is known of the files asked for. */
    String mark() {
        StringBuilder mark = new StringBuilder();
        used.forEach((name, known) -> {
            String line = known.stamp() + "\t" + known.digest() + "\t" + name + "\n";
            if (mark.length() + line.length() <= MAX_MARK && name.indexOf('\n') < 0 && name.indexOf('\t') < 0) {
                mark.append(line);
            }
        });
        return mark.toString();
    }

    private static String stamp(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return attributes.size() + " " + attributes.lastModifiedTime() + " " + attributes.fileKey();
    }

    private static String read(Path file) throws IOException, InterruptedException {
        MessageDigest sha;
        try {
            sha = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
        byte[] buffer = new byte[BUFFER];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                sha.update(buffer, 0, n);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
        }
        return HexFormat.of().formatHex(sha.digest());
    }
}
