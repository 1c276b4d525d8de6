package io.modelwatch.app.status;

import io.modelwatch.app.role.Role;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** One thing and how it is. */
public final class Line {

    /** What a line is about. */
    public enum Kind {
        /** A role, over all its instances. */
        ROLE,
        /** A part of a role that reads topics: a topology, the history, a delivery, the reader of a collector's topic. */
        READER,
        /** An instance of a role, as Kafka or the database knows it. */
        INSTANCE,
        /** How an instance says it is itself, and what it has still to restore. */
        HEALTH,
        /** What a poller watches. */
        SOURCE,
        /** What was put aside of late: it could not be read, or an endpoint refused it. */
        DEAD_LETTERS,
        /** Something beside Kafka that was asked and did not answer. */
        PLATFORM;

        /** Returns the word for it. */
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private final Kind kind;
    private final boolean wrong;
    private final ObjectNode form = JsonNodeFactory.instance.objectNode();

    private Line(Kind kind, String name, String state, boolean wrong) {
        this.kind = kind;
        this.wrong = wrong;
        form.put("kind", kind.word());
        form.put("name", name);
        form.put("state", state);
        form.put("wrong", wrong);
    }

    /** Returns a line that says that something is as it should be, or at least not wrong. */
    static Line fine(Kind kind, String name, String state) {
        return new Line(kind, name, state, false);
    }

    /** Returns a line that somebody should look into. */
    static Line wrong(Kind kind, String name, String state) {
        return new Line(kind, name, state, true);
    }

    Line role(Role role) {
        form.put("role", role.title());
        return this;
    }

    Line with(String field, long number) {
        form.put(field, number);
        return this;
    }

    /** Adds a text; none where it is null. */
    Line with(String field, @Nullable String text) {
        if (text != null) {
            form.put(field, text);
        }
        return this;
    }

    Line with(String field, Map<String, ? extends Number> numbers) {
        ObjectNode object = form.putObject(field);
        numbers.forEach((name, number) -> object.put(name, number.longValue()));
        return this;
    }

    /** Adds what a person should know besides. */
    Line detail(@Nullable String words) {
        return words == null || words.isEmpty() ? this : with("detail", words);
    }

    /** Returns what it is about. */
    public Kind kind() {
        return kind;
    }

    /** Returns whether somebody should look into it. */
    public boolean isWrong() {
        return wrong;
    }

    /** Returns its name. */
    public String name() {
        return form.path("name").stringValue();
    }

    /** Returns its state in a word or two. */
    public String state() {
        return form.path("state").stringValue();
    }

    /** Returns it as it is printed: an object with {@code kind}, {@code name}, {@code state}, {@code wrong}, and more. */
    public ObjectNode form() {
        return form.deepCopy();
    }

    @Override
    public String toString() {
        return form.toString();
    }
}
