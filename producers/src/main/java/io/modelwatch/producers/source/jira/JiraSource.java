package io.modelwatch.producers.source.jira;

import io.modelwatch.producers.http.FetchException;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.Addresses;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.ProcurementSource;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.producers.ticket.TicketReader;
import io.modelwatch.producers.ticket.TicketSweep;
import io.modelwatch.schemas.Ids;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads the issues of a Jira Cloud site that were updated since the last pass, by
 * {@code GET /rest/api/3/search/jql} (https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/):
 * {@code {"issues":[{"id","key","self","fields":{…}}],"nextPageToken":…,"isLast":…}}, the token being absent on the last
 * page (JRACLOUD-92184).
 */
public final class JiraSource implements ProcurementSource {

    /** As Jira writes times: {@code 2026-03-01T10:00:00.000+0200}. */
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss[.SSS]XX", Locale.ROOT);

    private final JiraConfig config;
    private final HttpFetcher http;
    private final InstantSource clock;
    private final TicketReader reader;

    /**
     * @param http what it reads with
     * @param clock says what the future is
     */
    public JiraSource(JiraConfig config, HttpFetcher http, InstantSource clock) {
        this.config = config;
        this.http = http;
        this.clock = clock;
        this.reader = new TicketReader(config.mapping());
    }

    @Override
    public @Nullable String read(@Nullable String from, Events events) throws SourceException, InterruptedException {
        String reading = Ids.digest(
                config.mapping().digest(), config.baseUrl(), config.jql(), String.join(",", config.fields()));
        TicketSweep sweep = new TicketSweep(reader, reading, from, clock);
        String query = query(sweep.minutes());
        Map<String, String> headers = config.token().authorization(config.user());
        Set<String> tokens = new HashSet<>();
        String token = null;
        for (int page = 1; page <= config.maxPages(); page++) {
            URI uri = address(query, token);
            JsonNode root;
            try {
                root = Json.get(http, uri, headers).root();
            } catch (SourceException e) {
                throw config.token().explain(e, headers.containsKey("Authorization"));
            }
            sweep.page(issues(root, uri), JiraSource::updated, events);
            token = Json.text(root, "nextPageToken");
            if (token == null) {
                String outcome = sweep.outcome();
                return root.path("isLast").asBoolean(true)
                        ? outcome
                        : "there is more, by isLast, but no nextPageToken that leads to it";
            }
            if (!tokens.add(token)) {
                throw new SourceException("the pages go in a circle at " + FetchException.place(uri));
            }
        }
        return sweep.stopped(config.maxPages(), config.pageSize());
    }

    /** Relative, since a date in JQL is read in the time zone of the account. */
    private String query(@Nullable Long minutes) {
        return "(" + config.jql() + ")" + (minutes == null ? "" : " AND updated >= \"-" + minutes + "m\"")
                + " ORDER BY updated ASC";
    }

    private URI address(String query, @Nullable String token) {
        return URI.create(config.baseUrl() + "/rest/api/3/search/jql?jql=" + Addresses.encode(query) + "&fields="
                + Addresses.encode(String.join(",", config.fields())) + "&maxResults=" + config.pageSize()
                + (token == null ? "" : "&nextPageToken=" + Addresses.encode(token)));
    }

    private static List<JsonNode> issues(JsonNode root, URI uri) throws SourceException {
        JsonNode issues = root.path("issues");
        if (!issues.isArray()) {
            throw new SourceException("no list at 'issues' in the JSON from " + FetchException.place(uri));
        }
        List<JsonNode> list = new ArrayList<>();
        issues.forEach(list::add);
        return list;
    }

    private static Instant updated(JsonNode issue) throws SourceException {
        String text = Json.text(issue.path("fields"), "updated");
        try {
            if (text != null) {
                return OffsetDateTime.parse(text, TIME).toInstant();
            }
        } catch (DateTimeException e) {
            // Said below.
        }
        throw new SourceException("an issue without a usable 'fields.updated', by which the next sweep goes on: is"
                + " 'updated' among the fields asked for?");
    }
}
