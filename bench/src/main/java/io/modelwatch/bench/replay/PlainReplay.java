package io.modelwatch.bench.replay;

import io.modelwatch.producers.source.ModelIds;
import io.modelwatch.producers.source.jsonlist.Descriptor;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The changes that a recording implies, worked out in the plainest way, by none of the code that is tested with them. A model
 * is removed when two whole lists in a row lack it, as of the first of them; a poll that failed and a list with nothing in
 * it say nothing about what they lack.
 */
final class PlainReplay {

    /** Whole lists in a row that must lack a model. */
    static final int REMOVAL_SWEEPS = 2;

    private final PollRecording.Listings listings = new PollRecording.Listings();
    private final Map<String, PlainFields> mappings = new HashMap<>();
    private final Map<String, Map<String, Known>> known = new HashMap<>();
    private final List<Told> told = new ArrayList<>();

    /** What is known of a model that was listed. */
    private static final class Known {
        private SortedMap<String, String> fields;
        private int absences;
        private Instant firstAbsence = Instant.MIN;

        private Known(SortedMap<String, String> fields) {
            this.fields = fields;
        }
    }

    /** Returns every change that a recording implies. */
    static List<Told> of(PollRecording recording) {
        PlainReplay replay = new PlainReplay();
        for (PollRecording.Poll poll : recording.polls()) {
            replay.listings.apply(poll);
            poll.answers().forEach((source, answer) -> {
                if (answer.listed()) {
                    replay.list(source, poll.at());
                }
            });
        }
        return replay.told;
    }

    private void list(String source, Instant at) {
        Descriptor descriptor = PollServer.descriptor(source);
        PlainFields mapping = mappings.computeIfAbsent(source, s -> new PlainFields(descriptor));
        Map<String, Known> models = known.computeIfAbsent(source, s -> new LinkedHashMap<>());
        Set<String> listed = new TreeSet<>();
        boolean whole = true;
        for (ObjectNode recorded : listings.of(source)) {
            JsonNode entry = PollServer.entry(descriptor, recorded);
            String id = entry.path(descriptor.id()).asString("");
            String subject = ModelIds.of(
                    "generic",
                    descriptor.vendor() + "/"
                            + (id.startsWith(descriptor.idPrefix())
                                    ? id.substring(descriptor.idPrefix().length())
                                    : id));
            if (subject == null) {
                whole = false;
            } else {
                listed.add(subject);
                see(models, subject, mapping.of(entry), at);
            }
        }
        if (whole && !listed.isEmpty()) {
            miss(models, listed, at);
        }
    }

    private void see(Map<String, Known> models, String subject, SortedMap<String, String> fields, Instant at) {
        Known before = models.get(subject);
        if (before == null) {
            models.put(subject, new Known(fields));
            told.add(Told.appeared(subject, at));
            return;
        }
        SortedSet<String> paths = new TreeSet<>(before.fields.keySet());
        paths.addAll(fields.keySet());
        for (String path : paths) {
            String was = before.fields.get(path);
            String is = fields.get(path);
            if (!Objects.equals(was, is)) {
                told.add(Told.changed(subject, path, was, is, at));
            }
        }
        before.fields = fields;
        before.absences = 0;
    }

    private void miss(Map<String, Known> models, Set<String> listed, Instant at) {
        models.entrySet().removeIf(model -> {
            Known one = model.getValue();
            if (listed.contains(model.getKey())) {
                return false;
            }
            if (one.absences == 0) {
                one.firstAbsence = at;
            }
            one.absences++;
            if (one.absences < REMOVAL_SWEEPS) {
                return false;
            }
            told.add(Told.removed(model.getKey(), one.firstAbsence, at));
            return true;
        });
    }
}
