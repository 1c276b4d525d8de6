package io.modelwatch.producers;

import io.modelwatch.producers.publish.Published;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.schemas.avro.Disclosure;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** What vendors announce in one source: publishes what says something else than before. Used by one thread at a time. */
final class Announcements {

    private static final Logger LOGGER = LoggerFactory.getLogger(Announcements.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Publisher publisher;
    private final String cursorKey;

    /**
     * The digest of what was said, by id: what is announced no more stays, since it was not taken back and would be news if it
     * came again. It only grows, by a line a model and deployment or entry of a list.
     */
    private final Map<String, String> told = new TreeMap<>();

    /**
     * @param cursorKey where it is kept what was told
     * @param cursor what is kept there, or null
     */
    Announcements(Publisher publisher, String cursorKey, byte @Nullable [] cursor) {
        this.publisher = publisher;
        this.cursorKey = cursorKey;
        if (cursor != null) {
            restore(cursor);
        }
    }

    private void restore(byte[] cursor) {
        try {
            JSON.readTree(cursor)
                    .properties()
                    .forEach(entry -> told.put(entry.getKey(), entry.getValue().asString("")));
        } catch (JacksonException e) {
            // To say it again is harmless: ids are content.
            LOGGER.atWarn().addKeyValue("cursor", cursorKey).log("Cursor not readable; all is published again");
        }
    }

    /** Publishes what is news of all that is announced. */
    Published publish(List<Disclosure> disclosures) {
        List<Disclosure> news = disclosures.stream()
                .filter(one -> !one.getCorrelationId().equals(told.get(one.getId())))
                .toList();
        if (news.isEmpty()) {
            return Published.NOTHING;
        }
        Map<String, String> after = new TreeMap<>(told);
        news.forEach(one -> after.put(one.getId(), one.getCorrelationId()));
        Published published = publisher.publishDisclosures(news, Map.of(cursorKey, JSON.writeValueAsBytes(after)));
        told.putAll(after);
        return published;
    }
}
