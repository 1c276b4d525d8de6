package io.modelwatch.producers.source.feed;

import io.modelwatch.producers.http.EvidenceUrl;
import io.modelwatch.producers.http.FetchException;
import io.modelwatch.producers.http.Fetched;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.IncrementalSource;
import io.modelwatch.producers.source.ModelIds;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.producers.source.Pages;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.ModelFacts;
import java.net.URI;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/**
 * A feed in which a vendor announces which models it retires. What a pattern of the operator's own finds in an entry is said of the
 * model, nothing else. A feed holds the last entries only, so that no pass over it is a whole one: what it no longer holds was
 * not taken back.
 */
public final class FeedSource implements IncrementalSource {

    private static final String ACCEPT =
            "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.8";

    /** Dates as people write them, beside the ISO form. */
    private static final List<DateTimeFormatter> DATES = List.of(
            DateTimeFormatter.ISO_LOCAL_DATE, written("MMMM d, uuuu"), written("MMM d, uuuu"), written("d MMMM uuuu"));

    private final FeedConfig config;
    private final HttpFetcher http;

    /** @param http what it reads with */
    public FeedSource(FeedConfig config, HttpFetcher http) {
        this.config = config;
        this.http = http;
    }

    private static DateTimeFormatter written(String pattern) {
        return new DateTimeFormatterBuilder()
                .parseCaseInsensitive()
                .appendPattern(pattern)
                .toFormatter(Locale.ENGLISH);
    }

    @Override
    public List<String> scopes() {
        return List.of("");
    }

    @Override
    public Pass pass(String scope, @Nullable String mark, Pages pages) throws SourceException, InterruptedException {
        URI uri = URI.create(config.url());
        Fetched fetched;
        try {
            fetched = http.getText(uri, Map.of(), ACCEPT);
        } catch (FetchException e) {
            throw new SourceException(String.valueOf(e.getMessage()), e);
        }
        Map<String, ModelReading> readings = new LinkedHashMap<>();
        List<Entry> entries = FeedReader.read(fetched.body(), FetchException.place(uri));
        for (Entry entry : entries) {
            Matcher matcher = config.pattern().matcher(entry.text());
            while (matcher.find()) {
                ModelReading reading = reading(matcher, entry, fetched);
                if (reading != null) {
                    readings.merge(reading.subject(), reading, FeedSource::newer);
                }
            }
        }
        if (!readings.isEmpty()) {
            pages.page(List.copyOf(readings.values()), null);
        }
        return new Pass(entries.isEmpty() ? "the feed is empty" : null, false, null);
    }

    /** Of two entries about one model the newer one holds; where they do not say, the one that the feed has first. */
    private static ModelReading newer(ModelReading first, ModelReading other) {
        return other.effectiveAt() != null
                        && (first.effectiveAt() == null || other.effectiveAt().isAfter(first.effectiveAt()))
                ? other
                : first;
    }

    private @Nullable ModelReading reading(Matcher found, Entry entry, Fetched fetched) {
        String model = found.group(FeedConfig.MODEL);
        String id = model == null ? null : ModelIds.of("generic", config.vendor() + "/" + model);
        if (id == null) {
            return null;
        }
        Map<String, Object> attributes = new HashMap<>();
        attributes.put("retirement_notice", entry.title());
        String date = group(found, FeedConfig.DATE);
        if (date != null) {
            attributes.put("retirement_date", iso(date));
        }
        String replacement = group(found, FeedConfig.REPLACEMENT);
        if (replacement != null) {
            attributes.put("retirement_replacement", replacement);
        }
        return new ModelReading(
                ModelFacts.newBuilder()
                        .setId(id)
                        .setParents(List.of())
                        .setDatasets(List.of())
                        .setAttributes(attributes)
                        .build(),
                entry.at(),
                Evidence.newBuilder()
                        .setUrl(EvidenceUrl.of(
                                entry.link() == null ? fetched.uri().toString() : entry.link()))
                        .setSha256(fetched.sha256())
                        .setMethod("feed")
                        .build());
    }

    private static @Nullable String group(Matcher found, String name) {
        return found.namedGroups().containsKey(name) ? found.group(name) : null;
    }

    /** Returns a date in its ISO form where it can be told, else as it is written. */
    private static String iso(String text) {
        String plain = text.strip().replaceAll("(?<=\\d)(st|nd|rd|th)\\b", "");
        for (DateTimeFormatter format : DATES) {
            try {
                return LocalDate.parse(plain, format).toString();
            } catch (DateTimeException e) {
                // The next form may fit.
            }
        }
        return text.strip();
    }
}
