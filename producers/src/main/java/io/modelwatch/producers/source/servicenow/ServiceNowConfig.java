package io.modelwatch.producers.source.servicenow;

import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.Token;
import io.modelwatch.producers.ticket.Mapping;
import io.modelwatch.producers.ticket.TicketReader;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a ServiceNow instance.
 *
 * @param baseUrl address of the instance
 * @param table table that is read
 * @param query encoded query that says which records decide about models, without an order; empty for all
 * @param mapping how a record is read
 * @param user account whose password the token is, sent as basic authentication; null to send the token alone (OAuth)
 * @param token where the token or password is kept
 * @param pageSize records a page
 * @param maxPages pages a sweep, after which it is partial and goes on next time
 */
public record ServiceNowConfig(
        String baseUrl,
        String table,
        String query,
        Mapping mapping,
        @Nullable String user,
        Token token,
        int pageSize,
        int maxPages) {

    /** Legal keys. */
    public static final Set<String> KEYS = Set.of(
            "baseUrl",
            "table",
            "query",
            "mapping",
            "user",
            "tokenEnv",
            "tokenFile",
            "pageSize",
            "maxPages",
            "requestsPerSecond");

    /** Checks the query: an order of its own would end the one by which we go on, and an OR would open the window. */
    public ServiceNowConfig {
        if (!table.matches("[a-z0-9_]{1,80}")) {
            throw new IllegalArgumentException("table: the name of a table such as change_request, not " + table);
        }
        String upper = query.toUpperCase(Locale.ROOT);
        if (upper.contains("ORDERBY") || upper.contains("^NQ")) {
            throw new IllegalArgumentException(
                    "query: leave ORDERBY and ^NQ out; records are read as they were updated");
        }
        TicketReader.check(mapping);
    }

    /** Reads the settings. */
    public static ServiceNowConfig of(Settings settings) {
        String mapping = settings.text("mapping");
        String table = settings.text("table");
        String query = settings.text("query");
        return new ServiceNowConfig(
                settings.url("baseUrl", settings.required("baseUrl")),
                table == null ? "change_request" : table,
                query == null ? "" : query,
                Mapping.load(mapping == null ? "servicenow" : mapping),
                settings.text("user"),
                settings.token("SERVICENOW_TOKEN"),
                settings.number("pageSize", 200, 2, 1000),
                settings.number("maxPages", 50, 1, 1000));
    }
}
