package io.modelwatch.producers.source.folder;

import io.modelwatch.producers.intake.Batch;
import io.modelwatch.producers.intake.LineError;
import io.modelwatch.producers.intake.ProcurementFile;
import io.modelwatch.producers.source.ProcurementSource;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.ProcurementEvent;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads every file of procurement events below a folder, which a checkout of a repository may be.
 *
 * <p>A file is parsed again when its bytes differ, and as long as something is wrong with it. That an event is no longer
 * in any file says nothing: what was approved is taken back by a revocation, which says since when and by whom.
 */
public final class FolderSource implements ProcurementSource {

    private static final Logger LOGGER = LoggerFactory.getLogger(FolderSource.class);

    /** Bounds of one pass, so that a path that was meant otherwise does no harm. */
    private static final int MAX_FILES = 10_000;

    private static final long MAX_BYTES = 128L << 20;
    private static final int MAX_DEPTH = 16;

    /**
     * A file that was written this short a time ago may still be written to: half an event may allow more than the whole.
     * It is taken once it was the same twice.
     */
    private static final Duration QUIET = Duration.ofSeconds(2);

    /** So many errors are told with the source's health; the log has all. */
    private static final int TOLD = 3;

    private final String source;
    private final Path folder;
    private final InstantSource clock;

    /** What each file held when it was taken last; bounded by what one pass may read. */
    private Map<Path, Taken> files = new HashMap<>();

    /** Errors that the log has already. */
    private Set<String> logged = new HashSet<>();

    /**
     * @param digest of the bytes that were read last
     * @param events what is taken from the file, null where it was never quiet
     * @param current whether these are in the bytes that were read last, not in those before
     */
    private record Taken(String digest, @Nullable Batch<ProcurementEvent> events, boolean current) {}

    /** Where an event stands. */
    private record Place(ProcurementEvent event, String where) {}

    /**
     * @param source its name, for the log
     * @param clock says what the future is
     */
    public FolderSource(String source, FolderConfig config, InstantSource clock) {
        this.source = source;
        this.folder = config.path();
        this.clock = clock;
    }

    @Override
    public @Nullable String read(@Nullable String from, Events events) throws SourceException {
        List<String> errors = new ArrayList<>();
        Map<Path, Taken> now = new TreeMap<>();
        long left = MAX_BYTES;
        for (Path file : files(errors)) {
            try {
                byte[] content = content(file);
                left -= content.length;
                if (left < 0) {
                    errors.add(
                            "more than " + (MAX_BYTES >> 20) + " MiB: " + name(file) + " and what follows is not read");
                    break;
                }
                now.put(file, take(file, content));
            } catch (IOException e) {
                errors.add(name(file) + ": cannot be read (" + e.getClass().getSimpleName() + ")");
            }
        }
        files = now;
        List<ProcurementEvent> all = gather(errors);
        events.page(all, null);
        log(errors);
        return errors.isEmpty() ? null : summary(errors);
    }

    private List<Path> files(List<String> errors) throws SourceException {
        if (!Files.isDirectory(folder)) {
            throw new SourceException(
                    "the folder " + folder + (Files.exists(folder) ? " is no directory" : " does not exist"));
        }
        // Links are followed: Kubernetes shows the files of a ConfigMap as links into a hidden directory.
        try (Stream<Path> walk = Files.walk(folder, MAX_DEPTH, FileVisitOption.FOLLOW_LINKS)) {
            List<Path> found = walk.filter(path -> !isHidden(path) && ProcurementFile.isOne(name(path)))
                    .filter(Files::isRegularFile)
                    .limit(MAX_FILES + 1L)
                    .sorted()
                    .toList();
            if (found.size() > MAX_FILES) {
                errors.add("more than " + MAX_FILES + " files: the others are not read");
            }
            return found.subList(0, Math.min(found.size(), MAX_FILES));
        } catch (IOException | UncheckedIOException e) {
            throw new SourceException("the folder " + folder + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** What begins with a dot is not meant: {@code .git}, and what editors write before they rename it. */
    private boolean isHidden(Path path) {
        for (Path part : folder.relativize(path)) {
            if (part.toString().startsWith(".")) {
                return true;
            }
        }
        return false;
    }

    private static byte[] content(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            // One byte more than is legal, by which it is seen to be too long.
            return in.readNBytes(ProcurementFile.MAX_BYTES + 1);
        }
    }

    private Taken take(Path file, byte[] content) throws IOException {
        String digest = Ids.sha256(content);
        Taken before = files.get(file);
        Batch<ProcurementEvent> taken = before == null ? null : before.events();
        if (before != null && before.digest().equals(digest)) {
            if (before.current() && taken != null && taken.errors().isEmpty()) {
                return before;
            }
        } else if (isFresh(file)) {
            return new Taken(digest, taken, false);
        }
        return new Taken(digest, ProcurementFile.read(name(file), content, clock), true);
    }

    private static boolean isFresh(Path file) throws IOException {
        FileTime written = Files.getLastModifiedTime(file);
        // Both ways: the clock of a file server may be ahead of ours.
        return Duration.between(written.toInstant(), Instant.now()).abs().compareTo(QUIET) < 0;
    }

    /** Returns every event once. Of two that say different things under one id neither counts: which, would be chance. */
    private List<ProcurementEvent> gather(List<String> errors) {
        Map<String, Place> byId = new LinkedHashMap<>();
        Set<String> contested = new HashSet<>();
        files.forEach((file, taken) -> {
            Batch<ProcurementEvent> batch = taken.events();
            if (batch == null) {
                return;
            }
            for (int i = 0; i < batch.accepted().size(); i++) {
                ProcurementEvent event = batch.accepted().get(i);
                Place place =
                        new Place(event, name(file) + " line " + batch.lines().get(i));
                Place other = byId.putIfAbsent(event.getId(), place);
                if (other != null && !other.event().getCorrelationId().equals(event.getCorrelationId())) {
                    contested.add(event.getId());
                    errors.add(place.where() + ": id: " + event.getId() + " says something else in " + other.where()
                            + "; neither is taken");
                }
            }
            batch.errors().forEach(error -> errors.add(text(name(file), error)));
        });
        byId.keySet().removeAll(contested);
        return byId.values().stream().map(Place::event).toList();
    }

    private static String text(String file, LineError error) {
        return file
                + (error.line() > 0 ? " line " + error.line() : "")
                + ": "
                + (error.field().isEmpty() ? "" : error.field() + ": ")
                + error.message();
    }

    private void log(List<String> errors) {
        for (String error : errors) {
            if (!logged.contains(error)) {
                LOGGER.atWarn()
                        .addKeyValue("source", source)
                        .addKeyValue("error", error)
                        .log("Procurement events not taken");
            }
        }
        logged = new HashSet<>(errors);
    }

    private static String summary(List<String> errors) {
        String first = String.join("; ", errors.subList(0, Math.min(TOLD, errors.size())));
        return errors.size() <= TOLD ? first : first + "; and " + (errors.size() - TOLD) + " more, see the log";
    }

    private String name(Path file) {
        return folder.relativize(file).toString();
    }
}
