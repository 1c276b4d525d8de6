package io.modelwatch.producers.source.modelfiles;

import io.modelwatch.producers.source.ModelIds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Files that are one model: the shards of a directory, or a GGUF file with its parts.
 *
 * @param name below the directory that is watched, without ending
 * @param files in order
 */
record FoundModel(String name, List<Path> files) {

    /** The Hub's cache on disk. */
    private static final Pattern CACHED =
            Pattern.compile("(?:.*/)?models--([A-Za-z0-9._-]+?)--([A-Za-z0-9._-]+)/snapshots/([0-9a-f]{40})(?:/.*)?");

    private static final Pattern PART = Pattern.compile("(.*)-\\d{5}-of-\\d{5}");

    /** Copies the list. */
    FoundModel {
        files = List.copyOf(files);
    }

    /** @param files of models, sorted */
    static List<FoundModel> of(Path root, List<Path> files) {
        Map<String, List<Path>> byName = new TreeMap<>();
        for (Path file : files) {
            byName.computeIfAbsent(name(root, file), n -> new ArrayList<>()).add(file);
        }
        List<FoundModel> models = new ArrayList<>();
        byName.forEach((name, all) -> models.add(new FoundModel(name, all)));
        return models;
    }

    private static String name(Path root, Path file) {
        String relative = slashes(root.relativize(file));
        if (relative.endsWith(".gguf")) {
            String plain = relative.substring(0, relative.length() - ".gguf".length());
            Matcher part = PART.matcher(plain);
            return part.matches() ? part.group(1) : plain;
        }
        int slash = relative.lastIndexOf('/');
        return slash < 0 ? "." : relative.substring(0, slash);
    }

    static String slashes(Path path) {
        return path.toString().replace('\\', '/');
    }

    /** Returns the model of the Hub that the place in its cache names, with the commit, or null. */
    @Nullable
    Cached cached() {
        Matcher matcher = CACHED.matcher(name);
        String id = matcher.matches() ? ModelIds.of("huggingface", matcher.group(1) + "/" + matcher.group(2)) : null;
        return id == null ? null : new Cached(id, matcher.group(1) + "/" + matcher.group(2), matcher.group(3));
    }

    /**
     * A model of the Hub.
     *
     * @param id package URL
     * @param repository as the Hub names it
     * @param commit its revision
     */
    record Cached(String id, String repository, String commit) {}
}
