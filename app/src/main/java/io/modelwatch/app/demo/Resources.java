package io.modelwatch.app.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/** The demo's data, as it is in the jar. */
final class Resources {

    private Resources() {}

    /** Returns the lines of a file beside this class; one that ends in {@code .gz} is unpacked. */
    static List<String> lines(String name) {
        try (InputStream file = Objects.requireNonNull(Resources.class.getResourceAsStream(name), name);
                InputStream in = name.endsWith(".gz") ? new GZIPInputStream(file) : file;
                BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            return reader.lines().filter(line -> !line.isBlank()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the rows of a comma-separated file without its heading; its cells hold no commas and no quotes. */
    static List<List<String>> rows(String name) {
        return lines(name).stream()
                .skip(1)
                .map(line -> List.of(line.split(",", -1)))
                .toList();
    }
}
