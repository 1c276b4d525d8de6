package io.modelwatch.producers.source.servicenow;

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
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads the records of a ServiceNow table that were updated since the last pass, by
 * {@code GET /api/now/table/{table}} (https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html):
 * {@code {"result":[{"sys_id","sys_updated_on",…}]}}, paged by {@code sysparm_offset} and {@code sysparm_limit}.
 *
 * <p>Paging by offset passes over a record when another one before it is updated meanwhile and moves to the end. So each
 * page begins with the last record of the page before; where that is another one, the pass ends and the next goes on.
 */
public final class ServiceNowSource implements ProcurementSource {

    /** As the Table API writes times where no display values are asked for, in UTC. */
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT);

    private final ServiceNowConfig config;
    private final HttpFetcher http;
    private final InstantSource clock;
    private final TicketReader reader;

    /**
     * @param http what it reads with
     * @param clock says what the future is
     */
    public ServiceNowSource(ServiceNowConfig config, HttpFetcher http, InstantSource clock) {
        this.config = config;
        this.http = http;
        this.clock = clock;
        this.reader = new TicketReader(config.mapping());
    }

    @Override
    public @Nullable String read(@Nullable String from, Events events) throws SourceException, InterruptedException {
        String reading = Ids.digest(config.mapping().digest(), config.baseUrl(), config.table(), config.query());
        TicketSweep sweep = new TicketSweep(reader, reading, from, clock);
        String query = query(sweep.minutes());
        Map<String, String> headers = config.token().authorization(config.user());
        int offset = 0;
        JsonNode last = null;
        for (int page = 1; page <= config.maxPages(); page++) {
            URI uri = address(query, offset);
            Json.Document document = get(uri, headers);
            List<JsonNode> records = records(document, uri);
            boolean full = records.size() >= config.pageSize();
            if (last != null) {
                if (records.isEmpty() || !same(last, records.getFirst())) {
                    String outcome = sweep.outcome();
                    return "records were updated while the pages were turned; the next sweep goes on there"
                            + (outcome == null ? "" : "; " + outcome);
                }
                records.removeFirst();
            }
            sweep.page(records, ServiceNowSource::updated, events);
            if (!full && !hasNext(document)) {
                return sweep.outcome();
            }
            // A page that is not full though more follow lacks records that the account may not read: which is its last
            // cannot be told then.
            last = full ? records.getLast() : null;
            offset += full ? config.pageSize() - 1 : config.pageSize();
        }
        return sweep.stopped(config.maxPages(), config.pageSize());
    }

    private static boolean same(JsonNode one, JsonNode other) {
        return one.path("sys_id").equals(other.path("sys_id"))
                && one.path("sys_updated_on").equals(other.path("sys_updated_on"));
    }

    /** Relative, since a date in a query is read in the time zone of the account. */
    private String query(@Nullable Long minutes) {
        List<String> parts = new ArrayList<>();
        if (!config.query().isEmpty()) {
            parts.add(config.query());
        }
        if (minutes != null) {
            parts.add("sys_updated_onRELATIVEGE@minute@ago@" + minutes);
        }
        parts.add("ORDERBYsys_updated_on");
        parts.add("ORDERBYsys_id");
        return String.join("^", parts);
    }

    private URI address(String query, int offset) {
        return URI.create(
                config.baseUrl() + "/api/now/table/" + config.table() + "?sysparm_query=" + Addresses.encode(query)
                        + "&sysparm_display_value=false&sysparm_exclude_reference_link=true&sysparm_limit="
                        + config.pageSize() + "&sysparm_offset=" + offset);
    }

    private Json.Document get(URI uri, Map<String, String> headers) throws SourceException, InterruptedException {
        try {
            return Json.get(http, uri, headers);
        } catch (SourceException e) {
            throw config.token().explain(e, headers.containsKey("Authorization"));
        }
    }

    private static boolean hasNext(Json.Document document) {
        return document.fetched().headers().allValues("Link").stream().anyMatch(link -> link.contains("rel=\"next\""));
    }

    private static List<JsonNode> records(Json.Document document, URI uri) throws SourceException {
        JsonNode result = document.root().path("result");
        if (!result.isArray()) {
            throw new SourceException("no list at 'result' in the JSON from " + FetchException.place(uri));
        }
        List<JsonNode> records = new ArrayList<>();
        result.forEach(records::add);
        return records;
    }

    private static Instant updated(JsonNode record) throws SourceException {
        String text = Json.text(record, "sys_updated_on");
        try {
            if (text != null) {
                return LocalDateTime.parse(text, TIME).toInstant(ZoneOffset.UTC);
            }
        } catch (DateTimeException e) {
            // Said below.
        }
        throw new SourceException("a record without a usable 'sys_updated_on', by which the next sweep goes on");
    }
}
