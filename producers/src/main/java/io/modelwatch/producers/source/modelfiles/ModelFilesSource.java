package io.modelwatch.producers.source.modelfiles;

import io.modelwatch.producers.source.DeploymentReading;
import io.modelwatch.producers.source.IncrementalSource;
import io.modelwatch.producers.source.ModelIds;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.producers.source.Pages;
import io.modelwatch.producers.source.Reading;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.ParentRef;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A directory of model files on a laptop or an edge box, as one deployment: what could be run there, by the digest of its
 * weights. Each pass looks at everything; what has its size, time and place of before is not read again.
 *
 * <p>Half a directory is not told of: a file that cannot be read would look like a model that was taken away.
 */
public final class ModelFilesSource implements IncrementalSource {

    private static final int MAX_DEPTH = 16;

    /** Entries of any kind below the directory, so that a path that was meant otherwise does no harm. */
    private static final int MAX_ENTRIES = 200_000;

    private static final int MAX_PARENTS = 64;

    private static final Pattern ON_HUB =
            Pattern.compile("https?://(?:www\\.)?huggingface\\.co/([A-Za-z0-9._-]{1,96}/[A-Za-z0-9._-]{1,96})/?");

    private final ModelFilesConfig config;
    private final String deployment;

    /** @param name the source's */
    public ModelFilesSource(ModelFilesConfig config, String name) {
        this.config = config;
        this.deployment = config.deployment() == null ? name : config.deployment();
    }

    @Override
    public List<String> scopes() {
        return List.of("");
    }

    @Override
    public Pass pass(String scope, @Nullable String mark, Pages pages) throws SourceException, InterruptedException {
        List<FoundModel> models = FoundModel.of(config.path(), files());
        if (models.isEmpty()) {
            return new Pass("no model file below " + config.path(), true, mark);
        }
        Digests digests = new Digests(mark);
        List<Reading> readings = new ArrayList<>();
        List<DeployedModel> deployed = new ArrayList<>();
        List<String> lines = new ArrayList<>();
        Set<String> roles = new HashSet<>();
        String left = null;
        for (FoundModel model : models) {
            try {
                String revision = revision(model, digests);
                if (revision == null) {
                    left = model.name() + " is being written to: looked at again by the next sweep";
                    continue;
                }
                lines.add(model.name() + " " + revision);
                FoundModel.Cached cached = model.cached();
                String id = cached == null
                        ? ModelIds.of("generic", deployment.replace('/', '_') + "/" + named(model.name()))
                        : cached.id();
                if (id == null) {
                    left = "a file with a name that can be no model's was left out";
                    continue;
                }
                if (cached == null) {
                    readings.add(local(id, revision, model));
                }
                deployed.add(DeployedModel.newBuilder()
                        .setId(id)
                        .setRevision(cached == null ? revision : cached.commit())
                        .setRole(role(cached == null ? named(model.name()) : cached.repository(), roles))
                        .build());
            } catch (IOException | HeaderException e) {
                left = model.name() + " cannot be read: "
                        + (e instanceof HeaderException
                                ? e.getMessage()
                                : e.getClass().getSimpleName().replace("Exception", ""));
            }
        }
        if (left == null) {
            readings.add(deployment(deployed, lines));
        }
        if (!readings.isEmpty()) {
            pages.page(readings, null);
        }
        return new Pass(left, true, digests.mark());
    }

    private List<Path> files() throws SourceException {
        if (!Files.isDirectory(config.path())) {
            throw new SourceException("the directory " + config.path() + " does not exist");
        }
        List<Path> files = new ArrayList<>();
        int entries = 0;
        // The Hub's cache links to its files; the walk itself recognises circles.
        try (Stream<Path> all = Files.walk(config.path(), MAX_DEPTH, FileVisitOption.FOLLOW_LINKS)) {
            for (Path path : (Iterable<Path>) all::iterator) {
                if (++entries > MAX_ENTRIES) {
                    throw new SourceException("more than " + MAX_ENTRIES + " entries below " + config.path());
                }
                String name = path.getFileName().toString();
                if ((name.endsWith(".gguf") || name.endsWith(".safetensors")) && Files.isRegularFile(path)) {
                    files.add(path);
                }
            }
        } catch (IOException | java.io.UncheckedIOException e) {
            throw new SourceException("something below " + config.path() + " cannot be listed", e);
        }
        if (files.size() > config.maxFiles()) {
            throw new SourceException(files.size() + " model files below " + config.path() + ", more than "
                    + config.maxFiles() + " (maxFiles)");
        }
        files.sort(null);
        return files;
    }

    /** Returns the digest of its file, or of the digests of its files; null while one is written to. */
    private @Nullable String revision(FoundModel model, Digests digests) throws IOException, InterruptedException {
        Map<String, String> byName = new TreeMap<>();
        for (Path file : model.files()) {
            String name = FoundModel.slashes(config.path().relativize(file));
            String digest = digests.of(name, file);
            if (digest == null) {
                return null;
            }
            byName.put(file.getFileName().toString(), digest);
        }
        if (byName.size() == 1) {
            return "sha256:" + byName.values().iterator().next();
        }
        StringBuilder all = new StringBuilder();
        byName.forEach(
                (name, digest) -> all.append(digest).append("  ").append(name).append('\n'));
        return "sha256:" + Ids.sha256(all.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** A file in no hub's cache is a model of this deployment alone; where it came from, it may say itself. */
    private static ModelReading local(String id, String revision, FoundModel model)
            throws IOException, HeaderException {
        Path first = model.files().getFirst();
        Header header;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(first))) {
            header = first.toString().endsWith(".gguf") ? Gguf.read(in) : Safetensors.read(in);
        }
        Map<String, Object> attributes = new HashMap<>(header.attributes());
        attributes.put("parts", (long) model.files().size());
        List<ParentRef> parents = new ArrayList<>();
        for (String base : header.bases()) {
            Matcher hub = ON_HUB.matcher(base);
            String parent = hub.matches() ? ModelIds.of("huggingface", hub.group(1)) : null;
            if (parent != null && parents.size() < MAX_PARENTS) {
                parents.add(new ParentRef(parent, "unknown"));
            }
        }
        return new ModelReading(
                ModelFacts.newBuilder()
                        .setId(id)
                        .setRevision(revision)
                        .setParents(parents)
                        .setLicense(header.license())
                        .setDatasets(List.of())
                        .setAttributes(attributes)
                        .build(),
                null,
                Evidence.newBuilder()
                        .setSha256(revision.substring("sha256:".length()))
                        .setMethod("file")
                        .build());
    }

    private DeploymentReading deployment(List<DeployedModel> models, List<String> lines) {
        Hosting.Builder hosting = Hosting.newBuilder().setCountry(config.country());
        return new DeploymentReading(
                DeploymentFacts.newBuilder()
                        .setId(deployment)
                        .setType("edge")
                        .setOwner(config.owner())
                        .setModels(models)
                        .setHosting(config.country() == null ? List.of() : List.of(hosting.build()))
                        .setAttributes(new HashMap<>())
                        .build(),
                null,
                Evidence.newBuilder()
                        .setSha256(Ids.sha256(String.join("\n", lines).getBytes(StandardCharsets.UTF_8)))
                        .setMethod("file")
                        .build(),
                Confidence.OBSERVED);
    }

    private String named(String name) {
        return name.equals(".")
                ? String.valueOf(config.path().toAbsolutePath().normalize().getFileName())
                : name;
    }

    private static String role(String name, Set<String> taken) {
        String role = name;
        for (int n = 2; !taken.add(role); n++) {
            role = name + "#" + n;
        }
        return role;
    }
}
