package io.modelwatch.bench.replay;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Recorded polls of vendors' lists: when each list was asked for, whether it came, and how it differed from the one before.
 * The form is that of two files of JSON Lines, events and polls (docs/benchmarks.md).
 *
 * @param polls in the order of time
 */
record PollRecording(List<Poll> polls) {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** The recorder had no token: nobody asked. */
    private static final String NOT_ASKED = "not-configured";

    /**
     * One round of polls.
     *
     * @param answers by source, for the sources that were asked
     * @param events what differs from the round before, in order
     */
    record Poll(int number, Instant at, Map<String, Answer> answers, List<JsonNode> events) {}

    /** @param error why the list did not come, or null where it did */
    record Answer(@Nullable String error) {
        boolean listed() {
            return error == null;
        }
    }

    /** What the sources list at a moment. */
    static final class Listings {

        private final Map<String, Map<String, ObjectNode>> entries = new HashMap<>();

        /** Takes in what differs at a poll. */
        void apply(Poll poll) {
            for (JsonNode event : poll.events()) {
                Map<String, ObjectNode> source =
                        entries.computeIfAbsent(event.path("source").asString(""), s -> new LinkedHashMap<>());
                String model = event.path("model").asString("");
                switch (event.path("op").asString("")) {
                    case "baseline", "added" ->
                        source.put(model, event.path("value").asObject().deepCopy());
                    case "removed" -> source.remove(model);
                    case "changed" -> change(source.get(model), event);
                    default -> {
                        // That a poll failed, or came again, is in the answers of every poll.
                    }
                }
            }
        }

        private static void change(@Nullable ObjectNode entry, JsonNode event) {
            if (entry == null) {
                throw new IllegalArgumentException("a change of a model that is not listed: " + event);
            }
            event.path("fields").properties().forEach(field -> {
                JsonNode after = field.getValue().get("after");
                if (after == null) {
                    entry.remove(field.getKey());
                } else {
                    entry.set(field.getKey(), after);
                }
            });
        }

        /** Returns the entries that a source lists. */
        Collection<ObjectNode> of(String source) {
            return entries.getOrDefault(source, Map.of()).values();
        }
    }

    /**
     * Reads a recording.
     *
     * @throws IllegalArgumentException if a file cannot be read or has another form; it names the line
     */
    static PollRecording load(Path events, Path polls) {
        Map<Integer, List<JsonNode>> byPoll = new TreeMap<>();
        lines(
                events,
                line -> byPoll.computeIfAbsent(line.path("poll").asInt(), n -> new ArrayList<>())
                        .add(line));
        List<Poll> all = new ArrayList<>();
        lines(polls, line -> {
            int number = line.path("poll").asInt();
            List<JsonNode> own = byPoll.remove(number);
            all.add(new Poll(
                    number,
                    Instant.parse(line.path("ts").asString("")),
                    answers(line.path("endpoints")),
                    own == null ? List.of() : own));
        });
        if (!byPoll.isEmpty()) {
            throw new IllegalArgumentException(
                    events + ": events of polls that " + polls + " does not have, the first is "
                            + byPoll.keySet().iterator().next());
        }
        return new PollRecording(all);
    }

    private static Map<String, Answer> answers(JsonNode endpoints) {
        Map<String, Answer> answers = new TreeMap<>();
        endpoints.properties().forEach(endpoint -> {
            String error = endpoint.getValue().path("error").asString("");
            if (!error.equals(NOT_ASKED)) {
                answers.put(
                        endpoint.getKey(),
                        new Answer(endpoint.getValue().path("ok").asBoolean(false) ? null : error));
            }
        });
        return answers;
    }

    private static void lines(Path file, Consumer<JsonNode> taker) {
        int number = 0;
        try (InputStream in = Files.newInputStream(file);
                InputStream plain = file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in;
                BufferedReader reader = new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                number++;
                taker.accept(JSON.readTree(line));
            }
        } catch (IOException e) {
            throw new IllegalArgumentException(file + " cannot be read: " + e.getMessage(), e);
        } catch (JacksonException | java.time.DateTimeException e) {
            throw new IllegalArgumentException(file + " line " + number + ": not of the recording's form", e);
        }
    }

    /** Returns the sources that were ever asked. */
    Collection<String> sources() {
        Collection<String> sources = new TreeSet<>();
        polls.forEach(poll -> sources.addAll(poll.answers().keySet()));
        return sources;
    }
}
