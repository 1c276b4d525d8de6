package io.modelwatch.producers;

import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.DisclosureSource;
import io.modelwatch.producers.source.Hints;
import io.modelwatch.producers.source.ProcurementSource;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.Source;
import io.modelwatch.schemas.ReservedSources;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.quartz.CronExpression;

/**
 * One configured source.
 *
 * @param name unique name; the {@code source} of its observations
 * @param type title of its {@link SourceType}
 * @param every time between the starts of two sweeps, or null where {@code cron} is given
 * @param cron Quartz cron expression in UTC, or null where {@code every} is given
 * @param removalSweeps complete sweeps in a row that must miss a subject before it counts as removed
 * @param shrinkHold percent by which a list may shrink from one complete sweep to the next before what is missing needs a
 *     second sweep to count as removed, whatever {@code removalSweeps} says
 * @param blindAfter how long nothing may be seen before an alert says so, or null for three times the time between sweeps
 * @param staleAfter how long it may say the same before it counts as stale, or null for ever
 * @param settings settings of the family
 */
public record SourceConfig(
        String name,
        String type,
        @Nullable Duration every,
        @Nullable String cron,
        int removalSweeps,
        int shrinkHold,
        @Nullable Duration blindAfter,
        @Nullable Duration staleAfter,
        Map<String, Object> settings) {

    private static final Set<String> KEYS = Set.of(
            "name", "type", "every", "cron", "removalSweeps", "shrinkHold", "blindAfter", "staleAfter", "settings");

    private static final int SHRINK_HOLD = 50;

    /** Validates everything, the family's settings too. */
    public SourceConfig {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")) {
            throw new IllegalArgumentException(
                    "source name '" + name + "': letters, digits, '.', '_' and '-' only, at most 100");
        }
        String where = "source " + name;
        if (ReservedSources.contains(name)) {
            throw new IllegalArgumentException(
                    where + ": is a name under which modelwatch itself speaks: give another");
        }
        if ((every == null) == (cron == null)) {
            throw new IllegalArgumentException(where + ": give either every (for example 10m) or cron");
        }
        if (every != null && every.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException(where + ": every must be at least 1s");
        }
        if (cron != null && !CronExpression.isValidExpression(cron)) {
            throw new IllegalArgumentException(
                    where + ": cron must be a Quartz expression with seconds, for example 0 0/15 * * * ?");
        }
        if (removalSweeps < 1 || removalSweeps > 1000) {
            throw new IllegalArgumentException(where + ": removalSweeps must be a whole number from 1 to 1000");
        }
        if (shrinkHold < 1 || shrinkHold > 100) {
            throw new IllegalArgumentException(where + ": shrinkHold must be a whole number of percent from 1 to 100");
        }
        if (blindAfter != null && blindAfter.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException(where + ": blindAfter must be at least 1s");
        }
        if (staleAfter != null && staleAfter.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException(where + ": staleAfter must be at least 1s");
        }
        settings = Map.copyOf(settings);
        SourceType family = SourceType.of(type)
                .orElseThrow(() -> new IllegalArgumentException(
                        where + ": type must be one of " + SourceType.titles() + ", not '" + type + "'"));
        Settings typed = new Settings(where + " settings", settings, family.keys());
        typed.number("requestsPerSecond", 0, 0, 1000);
        family.check(typed);
    }

    /** With the default of what says how much a list may shrink, and how long nothing may be seen or change. */
    public SourceConfig(
            String name,
            String type,
            @Nullable Duration every,
            @Nullable String cron,
            int removalSweeps,
            Map<String, Object> settings) {
        this(name, type, every, cron, removalSweeps, SHRINK_HOLD, null, null, settings);
    }

    /** Returns the source that a folder of procurement events is. */
    public static SourceConfig folder(Path path, Duration every) {
        String type = SourceType.PROCUREMENT_FOLDER.title();
        return new SourceConfig(type, type, every, null, 2, Map.of("path", path.toString()));
    }

    /** Returns the legal keys of a source. */
    public static Set<String> keys() {
        return KEYS;
    }

    /** Returns its family. */
    public SourceType family() {
        return SourceType.of(type).orElseThrow();
    }

    /**
     * Reads one source of the configuration file.
     *
     * @throws IllegalArgumentException if something is unknown or illegal; it names the key and the legal form
     */
    public static SourceConfig fromMap(Map<String, Object> map) {
        String where = "source " + map.getOrDefault("name", "(without name)");
        Settings values = new Settings(where, map, KEYS);
        if (!(map.getOrDefault("settings", Map.of()) instanceof Map<?, ?> given)) {
            throw new IllegalArgumentException(where + ": 'settings' must be a map");
        }
        Map<String, Object> settings = new java.util.LinkedHashMap<>();
        given.forEach((key, value) -> {
            if (value == null) {
                throw new IllegalArgumentException(where + " settings: '" + key + "' has no value");
            }
            settings.put(String.valueOf(key), value);
        });
        return new SourceConfig(
                values.required("name"),
                values.required("type"),
                values.duration("every"),
                values.text("cron"),
                values.number("removalSweeps", 2, 1, 1000),
                values.number("shrinkHold", SHRINK_HOLD, 1, 100),
                values.duration("blindAfter"),
                values.duration("staleAfter"),
                settings);
    }

    Source open(HttpFetcher http, InstantSource clock) {
        return family().open(typed(), around(http, clock));
    }

    /** Returns how hints about this source are held against their secret, or null where it takes none. */
    public @Nullable Hints hints() {
        return family().hints(typed());
    }

    ProcurementSource openProcurement(HttpFetcher http, InstantSource clock) {
        return family().openProcurement(typed(), around(http, clock));
    }

    DisclosureSource openDisclosures(HttpFetcher http, InstantSource clock) {
        return family().openDisclosures(typed(), around(http, clock));
    }

    private Settings typed() {
        return new Settings("source " + name + " settings", settings, family().keys());
    }

    private SourceType.Around around(HttpFetcher http, InstantSource clock) {
        int rate = typed().number("requestsPerSecond", 0, 0, 1000);
        return new SourceType.Around(name, http.withRequestsPerSecond(rate), clock);
    }
}
