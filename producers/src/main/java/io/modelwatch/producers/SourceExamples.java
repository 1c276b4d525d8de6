package io.modelwatch.producers;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A commented block for {@code modelwatch.yaml} of each family of sources. */
public final class SourceExamples {

    private static final Pattern NAME = Pattern.compile("(?m)^( *- name: ).*$");

    private SourceExamples() {}

    /** Returns what a family watches, in words; empty where its example does not begin with them. */
    public static String about(SourceType type) {
        String first = block(type).lines().findFirst().orElse("").strip();
        return first.startsWith("# ") ? first.substring(2) : "";
    }

    /**
     * Returns the block, an entry of {@code sources}, indented by two spaces.
     *
     * @param name name of the source
     */
    public static String block(SourceType type, String name) {
        return NAME.matcher(block(type)).replaceFirst("$1" + Matcher.quoteReplacement(name));
    }

    /** Returns the block with a name that stands for itself. */
    public static String block(SourceType type) {
        String file = "examples/" + type.title() + ".yaml";
        try (InputStream in = SourceExamples.class.getResourceAsStream(file)) {
            return in == null ? bare(type) : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where a family has no file yet, its settings are named at least. */
    private static String bare(SourceType type) {
        StringBuilder block = new StringBuilder("  - name: " + type.title() + "\n    type: " + type.title()
                + "\n    every: 15m\n    settings: {}\n    # docs/sources.md says what these mean:\n");
        new TreeSet<>(type.keys())
                .forEach(key -> block.append("    #   ").append(key).append(":\n"));
        return block.toString();
    }
}
