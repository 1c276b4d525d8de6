package io.modelwatch.producers.source.jira;

import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.Token;
import io.modelwatch.producers.ticket.Mapping;
import io.modelwatch.producers.ticket.TicketReader;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a Jira Cloud site.
 *
 * @param baseUrl address of the site
 * @param jql which issues decide about models, without an order
 * @param mapping how an issue is read
 * @param user account whose token it is, sent as basic authentication; null to send the token alone (OAuth)
 * @param token where the token is kept
 * @param fields fields that are asked for
 * @param pageSize issues a page
 * @param maxPages pages a sweep, after which it is partial and goes on next time
 */
public record JiraConfig(
        String baseUrl,
        String jql,
        Mapping mapping,
        @Nullable String user,
        Token token,
        List<String> fields,
        int pageSize,
        int maxPages) {

    /** Legal keys. */
    public static final Set<String> KEYS = Set.of(
            "baseUrl",
            "jql",
            "mapping",
            "user",
            "tokenEnv",
            "tokenFile",
            "fields",
            "pageSize",
            "maxPages",
            "requestsPerSecond");

    /** Checks the query: an order of its own would end the one by which we go on. */
    public JiraConfig {
        fields = List.copyOf(fields);
        if (jql.toLowerCase(Locale.ROOT).matches("(?s).*\\border\\s+by\\b.*")) {
            throw new IllegalArgumentException("jql: leave ORDER BY out; issues are read as they were updated");
        }
        TicketReader.check(mapping);
    }

    /** Reads the settings. */
    public static JiraConfig of(Settings settings) {
        String mapping = settings.text("mapping");
        List<String> fields = settings.texts("fields");
        return new JiraConfig(
                settings.url("baseUrl", settings.required("baseUrl")),
                settings.required("jql"),
                Mapping.load(mapping == null ? "jira" : mapping),
                settings.text("user"),
                settings.token("JIRA_API_TOKEN"),
                fields.isEmpty() ? List.of("*all") : fields,
                settings.number("pageSize", 100, 1, 1000),
                settings.number("maxPages", 50, 1, 1000));
    }
}
