package io.modelwatch.producers.source.page;

import io.modelwatch.producers.alias.Mention;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What is told of a page, which is not always what it says at the moment. A section counts as changed once several readings in a
 * row agree, and one that keeps going back and forth, as where a site tries two variants on its visitors, is held as it was told
 * until it has stayed the same for a while. Kept as JSON from sweep to sweep and over restarts.
 */
final class PageMemory {

    /** Returns to what was told after which a section is taken to alternate. */
    private static final int FLIPS = 2;

    /** Readings in a row that end the alternating, and forget it. */
    private static final int CALM = 12;

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /**
     * One section.
     *
     * @param told what is told of it, or null where it is not told yet or no more
     * @param seen what the last readings saw in its place where that is something else, or null for its absence
     * @param times readings in a row that saw that; 0 where the last one saw what is told
     * @param since when the first of them was
     * @param before what was told before that
     * @param flips how often what was told came back
     * @param calm readings in a row that saw what is told
     */
    private record Held(
            @Nullable Section told,
            @Nullable Section seen,
            int times,
            @Nullable Instant since,
            @Nullable Section before,
            int flips,
            int calm) {}

    /**
     * A name that is told of.
     *
     * @param mention where it stands
     * @param since when the page had it first, by the page's own time
     */
    record Named(Mention mention, Instant since) {}

    private record State(
            List<String> selectors,
            Map<String, Held> sections,
            Map<String, Named> mentions,
            @Nullable Instant read) {}

    private final int confirm;
    private final List<String> selectors;
    private final Map<String, Held> sections;
    private final Map<String, Named> mentions;
    private @Nullable Instant read;

    private PageMemory(int confirm, State state) {
        this.confirm = confirm;
        this.selectors = new ArrayList<>(state.selectors());
        this.sections = new LinkedHashMap<>(state.sections());
        this.mentions = new LinkedHashMap<>(state.mentions());
        this.read = state.read();
    }

    /**
     * Returns what is remembered.
     *
     * @param mark what {@link #mark} returned, or null; one that cannot be read is as if there were none
     * @param confirm readings in a row that must agree
     */
    static PageMemory of(@Nullable String mark, int confirm) {
        State empty = new State(List.of(), Map.of(), Map.of(), null);
        try {
            State state = mark == null ? empty : JSON.readValue(mark, State.class);
            return new PageMemory(
                    confirm,
                    state.selectors() == null || state.sections() == null || state.mentions() == null ? empty : state);
        } catch (JacksonException e) {
            return new PageMemory(confirm, empty);
        }
    }

    /** Returns it as it is kept. */
    String mark() {
        return JSON.writeValueAsString(new State(selectors, sections, mentions, read));
    }

    /** Returns by which selectors the page was read before. */
    List<String> selectors() {
        return List.copyOf(selectors);
    }

    /** Returns when the page was read last, or null. */
    @Nullable
    Instant read() {
        return read;
    }

    /**
     * Takes a reading in.
     *
     * @param by the selectors by which it was read: others than before begin anew
     * @param at the time of the page, not before the last reading
     * @param now when it was read
     * @return the names that are told now and were not before
     */
    List<Named> take(Map<String, Section> page, List<String> by, Instant at, Instant now) {
        boolean first = read == null || !selectors.equals(by);
        selectors.clear();
        selectors.addAll(by);
        if (first) {
            sections.clear();
        }
        Map<String, Instant> since = new HashMap<>();
        Set<String> keys = new LinkedHashSet<>(page.keySet());
        keys.addAll(sections.keySet());
        for (String key : keys) {
            Held held = sections.get(key);
            Section seen = page.get(key);
            Held after = held == null ? begin(seen, first, at) : next(held, seen, at);
            Instant begun = after.since();
            if (after.told() != null && begun != null) {
                after.told().mentions().forEach(one -> since.merge(one.id(), begun, PageMemory::earlier));
            }
            if (after.told() == null && after.seen() == null && after.flips() == 0) {
                sections.remove(key);
            } else {
                sections.put(key, after);
            }
        }
        read = now;
        return remember(since, at);
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }

    private Held begin(@Nullable Section seen, boolean first, Instant at) {
        return first || confirm == 1
                ? new Held(seen, null, 0, at, null, 0, 0)
                : new Held(null, seen, 1, at, null, 0, 0);
    }

    private Held next(Held held, @Nullable Section seen, Instant at) {
        if (Objects.equals(held.told(), seen)) {
            int flips = held.times() > 0 ? held.flips() + 1 : held.flips();
            int calm = held.times() > 0 ? 1 : held.calm() + 1;
            return new Held(held.told(), null, 0, null, held.before(), calm >= CALM ? 0 : flips, calm);
        }
        boolean again = held.times() > 0 && Objects.equals(held.seen(), seen);
        int times = again ? held.times() + 1 : 1;
        Instant since = again ? held.since() : at;
        int needed = held.flips() >= FLIPS ? Math.max(CALM, confirm) : confirm;
        if (times < needed) {
            return new Held(held.told(), seen, times, since, held.before(), held.flips(), 0);
        }
        // Back to what was told before the last change: the same as a return, only slower.
        int flips = held.told() != null && Objects.equals(seen, held.before()) ? held.flips() + 1 : held.flips();
        return new Held(seen, null, 0, since, held.told(), flips, 0);
    }

    /**
     * The sentence that was told of a name stays its evidence as long as it is the one that its section has for the name; one
     * that denies nothing goes before.
     */
    private List<Named> remember(Map<String, Instant> since, Instant at) {
        Map<String, Mention> now = new LinkedHashMap<>();
        for (Section section : told()) {
            for (Mention one : section.mentions()) {
                now.merge(one.id(), one, this::better);
            }
        }
        Map<String, Named> before = new HashMap<>(mentions);
        List<Named> news = new ArrayList<>();
        mentions.clear();
        now.forEach((id, mention) -> {
            Named known = before.get(id);
            if (known != null && (mention.denied() || !known.mention().denied())) {
                mentions.put(id, new Named(mention, known.since()));
                return;
            }
            Named named = new Named(mention, since.getOrDefault(id, at));
            mentions.put(id, named);
            if (known == null) {
                news.add(named);
            }
        });
        return news;
    }

    private Mention better(Mention one, Mention other) {
        if (one.denied() != other.denied()) {
            return one.denied() ? other : one;
        }
        Named before = mentions.get(other.id());
        return before != null && before.mention().equals(other) ? other : one;
    }

    /** Returns the sections that are told. */
    List<Section> told() {
        List<Section> told = new ArrayList<>();
        for (Held held : sections.values()) {
            if (held.told() != null) {
                told.add(held.told());
            }
        }
        return told;
    }

    /** Returns what is told of names, by id. */
    SortedMap<String, Named> mentions() {
        return new TreeMap<>(mentions);
    }

    /** Returns the keys of the sections that keep going back and forth. */
    List<String> alternating() {
        List<String> keys = new ArrayList<>();
        sections.forEach((key, held) -> {
            if (held.flips() >= FLIPS) {
                keys.add(key);
            }
        });
        return keys;
    }
}
