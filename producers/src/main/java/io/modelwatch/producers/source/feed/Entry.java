package io.modelwatch.producers.source.feed;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a feed.
 *
 * @param title plain text
 * @param text title and content, plain, in one line
 * @param link where it can be read, or null
 * @param at when it was published or last updated, or null where it does not say
 */
record Entry(
        String title,
        String text,
        @Nullable String link,
        @Nullable Instant at) {}
