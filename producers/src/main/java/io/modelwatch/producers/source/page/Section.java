package io.modelwatch.producers.source.page;

import io.modelwatch.producers.alias.Mention;
import io.modelwatch.producers.alias.Mentions;
import io.modelwatch.schemas.Ids;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A part of a page that changes as one: a row of a table, an item of a list, a paragraph.
 *
 * @param key its headings and how it begins: the same part of another reading has the same
 * @param text normalised; of a longer one the beginning and a digest of all
 * @param mentions what the whole text names, each once: where a sentence denies nothing, if there is such, else first
 */
record Section(String key, String text, List<Mention> mentions) {

    /** Longest text that is kept of one. */
    private static final int MAX_TEXT = 200;

    private static final int DIGEST = 12;

    /** Keeps one mention of each id: all that a long text has, each with its sentence, are more than one record holds. */
    Section {
        Map<String, Mention> byId = new LinkedHashMap<>();
        mentions.forEach(
                one -> byId.merge(one.id(), one, (kept, next) -> kept.denied() && !next.denied() ? next : kept));
        mentions = List.copyOf(byId.values());
    }

    /** Returns a section of a text that may be longer than what is kept. */
    static Section of(String key, String text, List<Mention> mentions) {
        if (text.length() <= MAX_TEXT) {
            return new Section(key, text, mentions);
        }
        String digest = Ids.sha256(text.getBytes(StandardCharsets.UTF_8)).substring(0, DIGEST);
        return new Section(key, Mentions.shortened(text, MAX_TEXT) + " [" + digest + "]", mentions);
    }
}
