package io.modelwatch.producers.source.page;

import io.modelwatch.producers.source.ModelIds;
import io.modelwatch.producers.source.Place;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.Weights;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jsoup.select.QueryParser;
import org.jsoup.select.Selector.SelectorParseException;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a page that is watched.
 *
 * @param url address of the page
 * @param vendor who speaks there; it can speak for nobody else
 * @param deployments which deployments the page speaks of
 * @param select CSS selectors of what is read, each of which must match; empty for the main part of the page
 * @param rows CSS selectors of what is one row, where a table is made of other elements than those of tables
 * @param ignore CSS selectors of what is passed over
 * @param ignorePatterns what is passed over in the text
 * @param models package URLs of models by the names that the page has for them
 * @param confirm readings in a row that must agree before something counts as changed
 * @param announcements whether a model that the page names counts as announced
 * @param language what the page is asked for in
 */
public record PageConfig(
        String url,
        String vendor,
        List<String> deployments,
        List<String> select,
        List<String> rows,
        List<String> ignore,
        List<Pattern> ignorePatterns,
        Map<String, String> models,
        int confirm,
        boolean announcements,
        String language) {

    /** Legal keys. */
    public static final Set<String> KEYS = Set.of(
            "url",
            "vendor",
            "deployments",
            "select",
            "rows",
            "ignore",
            "ignorePatterns",
            Weights.KNOWN,
            "confirm",
            "announcements",
            "language",
            "requestsPerSecond");

    private static final int MAX_DEPLOYMENTS = 50;

    /** Checks names and selectors. */
    public PageConfig {
        deployments = List.copyOf(deployments);
        select = selectors("select", select);
        rows = selectors("rows", rows);
        ignore = selectors("ignore", ignore);
        ignorePatterns = List.copyOf(ignorePatterns);
        models = Map.copyOf(models);
        if (deployments.isEmpty()
                || deployments.size() > MAX_DEPLOYMENTS
                || Set.copyOf(deployments).size() < deployments.size()) {
            throw new IllegalArgumentException(
                    "deployments: 1 to " + MAX_DEPLOYMENTS
                            + " names of deployments that the page speaks of, each once; where there is none yet, the vendor's name");
        }
        deployments.forEach(name -> {
            var checked = Place.deployment(name);
        });
        if (!vendor.equals(vendor.strip()) || vendor.length() > 200) {
            throw new IllegalArgumentException(
                    "vendor: the name that deployments give as theirs, at most 200 characters");
        }
        if (!language.matches("[A-Za-z0-9,;=.* -]{1,100}")) {
            throw new IllegalArgumentException("language: as in Accept-Language, for example en or de;q=0.9");
        }
    }

    /** Reads the settings. */
    public static PageConfig of(Settings settings) {
        Map<String, String> models = new LinkedHashMap<>();
        Weights.known(settings).forEach((name, id) -> models.put(name, ModelIds.canonical(id)));
        @Nullable String language = settings.text("language");
        return new PageConfig(
                settings.url("url", settings.required("url")),
                settings.required("vendor"),
                settings.texts("deployments"),
                settings.texts("select"),
                settings.texts("rows"),
                settings.texts("ignore"),
                patterns(settings.texts("ignorePatterns")),
                models,
                settings.number("confirm", 2, 1, 10),
                settings.flag("announcements", true),
                language == null ? "en" : language);
    }

    private static List<String> selectors(String key, List<String> selectors) {
        for (String selector : selectors) {
            try {
                var parsed = QueryParser.parse(selector);
            } catch (SelectorParseException | IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        key + ": no CSS selector: '" + selector + "', for example table.subprocessors or #content li",
                        e);
            }
        }
        return List.copyOf(selectors);
    }

    private static List<Pattern> patterns(List<String> texts) {
        List<Pattern> patterns = new ArrayList<>();
        for (String text : texts) {
            try {
                patterns.add(Pattern.compile(text, Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE));
            } catch (PatternSyntaxException e) {
                throw new IllegalArgumentException("ignorePatterns: no regular expression: " + e.getDescription(), e);
            }
        }
        return patterns;
    }
}
