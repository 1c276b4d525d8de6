package io.modelwatch.producers.source.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.producers.source.SourceException;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.ProcurementEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderSourceTest {

    private static final FileTime LONG_AGO = FileTime.from(Instant.parse("2026-01-01T00:00:00Z"));

    @TempDir
    private Path folder;

    private Instant now = Instant.parse("2026-06-01T00:00:00Z");
    private final List<String> ids = new ArrayList<>();

    static {
        Topics.all();
    }

    private FolderSource source() {
        return new FolderSource("f", new FolderConfig(folder), (InstantSource) () -> now);
    }

    private String look(FolderSource source) throws SourceException {
        ids.clear();
        return source.read(
                null,
                (events, next) -> events.stream().map(ProcurementEvent::getId).forEach(ids::add));
    }

    private static String event(String id, String issuedAt) {
        return "{\"id\":\"" + id + "\",\"type\":\"approval\",\"issuedAt\":\"" + issuedAt
                + "\",\"subject\":{\"deployment\":\"d\"}}";
    }

    private static String event(String id) {
        return event(id, "2026-03-01T00:00:00Z");
    }

    private Path write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        return Files.setLastModifiedTime(file, LONG_AGO);
    }

    @Test
    void shouldReadEveryFileBelowTheFolderButNoHiddenOne() throws Exception {
        write("a.json", event("A"));
        write("team/b.jsonl", event("B") + "\n" + event("B2"));
        write("team/README.md", "not meant");
        write(".git/c.json", event("C"));
        write(".d.json.swp.json", event("D"));
        Files.createSymbolicLink(folder.resolve("linked.json"), write(".data/e.json", event("E")));

        assertThat(look(source())).isNull();
        assertThat(ids).containsExactly("A", "E", "B", "B2");
    }

    @Test
    void shouldNameFileLineAndFieldAndGoOnWithTheRest() throws Exception {
        write("a.json", "[" + event("A") + ",\n" + event("B", "soon") + "]");
        write("b.yaml", "id: [");

        assertThat(look(source()))
                .contains("a.json line 2: issuedAt: not a time")
                .contains("b.yaml line 1: not whole");
        assertThat(ids).containsExactly("A");
    }

    @Test
    void shouldReadAFileAgainOnceItIsWhole() throws Exception {
        FolderSource source = source();
        write("a.json", "[" + event("A") + ",");
        assertThat(look(source)).contains("a.json");
        assertThat(ids).isEmpty();

        write("a.json", "[" + event("A") + "," + event("B") + "]");
        assertThat(look(source)).isNull();
        assertThat(ids).containsExactly("A", "B");
    }

    @Test
    void shouldLetAFileRestThatWasJustWritten() throws Exception {
        FolderSource source = source();
        Path file = write("a.json", event("A"));
        assertThat(look(source)).isNull();
        assertThat(ids).containsExactly("A");

        // Cut where what is there is whole, and allows more than was meant.
        Files.writeString(file, "[" + event("A2") + "]");
        Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
        assertThat(look(source)).isNull();
        assertThat(ids).containsExactly("A");
        assertThat(look(source)).isNull();
        assertThat(ids).containsExactly("A2");
    }

    @Test
    void shouldTakeNeitherOfTwoThatContradictEachOther() throws Exception {
        write("a.json", event("A") + event("B"));
        write("b.json", event("A", "2026-04-01T00:00:00Z") + event("B"));

        assertThat(look(source())).contains("b.json line 1: id: A says something else in a.json line 1");
        assertThat(ids).containsExactly("B");
    }

    @Test
    void shouldTakeAnEventWhoseTimeHasCome() throws Exception {
        FolderSource source = source();
        write("a.json", event("A", "2026-06-02T00:00:00Z"));
        assertThat(look(source)).contains("lies in the future");

        now = Instant.parse("2026-06-02T00:00:00Z");
        assertThat(look(source)).isNull();
        assertThat(ids).containsExactly("A");
    }

    @Test
    void shouldBeBlindWithoutTheFolder() throws Exception {
        Path file = write("a.json", event("A"));

        assertThatThrownBy(() -> look(new FolderSource("f", new FolderConfig(folder.resolve("none")), () -> now)))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("does not exist");
        assertThatThrownBy(() -> look(new FolderSource("f", new FolderConfig(file), () -> now)))
                .hasMessageContaining("is no directory");
    }
}
