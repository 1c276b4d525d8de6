package io.modelwatch.producers.source.feed;

import io.modelwatch.producers.source.Settings;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Settings of a source that reads a feed.
 *
 * @param url address of the feed, RSS or Atom
 * @param vendor whose models it speaks of: namespace of the package URLs
 * @param pattern finds, in the text of an entry, the group {@code model} and, if it says so, {@code date} and
 *     {@code replacement}
 */
public record FeedConfig(String url, String vendor, Pattern pattern) {

    /** Legal keys. */
    public static final Set<String> KEYS = Set.of("url", "vendor", "pattern", "requestsPerSecond");

    static final String MODEL = "model";
    static final String DATE = "date";
    static final String REPLACEMENT = "replacement";

    /** Checks vendor and pattern. */
    public FeedConfig {
        if (!vendor.matches("[a-z0-9][a-z0-9._-]{0,63}")) {
            throw new IllegalArgumentException("vendor: lower-case letters, digits, '.', '_' and '-', not " + vendor);
        }
        if (!pattern.namedGroups().containsKey(MODEL)) {
            throw new IllegalArgumentException("pattern: needs a group (?<model>…) that holds a model's name");
        }
    }

    /** Reads the settings. */
    public static FeedConfig of(Settings settings) {
        try {
            return new FeedConfig(
                    settings.url("url", settings.required("url")),
                    settings.required("vendor"),
                    Pattern.compile(settings.required("pattern"), Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE));
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("pattern: no regular expression: " + e.getDescription(), e);
        }
    }
}
