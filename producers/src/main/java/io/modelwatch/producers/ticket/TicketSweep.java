package io.modelwatch.producers.ticket;

import io.modelwatch.producers.intake.LineError;
import io.modelwatch.producers.source.ProcurementSource;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.producers.ticket.TicketReader.Ticket;
import io.modelwatch.schemas.avro.ProcurementEvent;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * One pass over tickets in the order in which they were updated: reads them, keeps how far it came, and remembers which
 * could not be read, so that they stay visible until they are put right.
 */
public final class TicketSweep {

    private static final Logger LOGGER = LoggerFactory.getLogger(TicketSweep.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Read again in the next pass: indexes of tickets lag, and clocks differ. What was told before is recognised. */
    private static final Duration OVERLAP = Duration.ofMinutes(10);

    /** Tickets that could not be read and are remembered; more at once means that the mapping is wrong. */
    private static final int MAX_REFUSED = 50;

    /** So many are told with the source's health. */
    private static final int TOLD = 3;

    private final TicketReader reader;
    private final String reading;
    private final InstantSource clock;
    private final Map<String, String> refused = new LinkedHashMap<>();
    private @Nullable Instant updated;
    private long tickets;
    private long unreadable;

    /**
     * @param reading what tickets are asked for and how they are read: where that is another one than before, all are
     *     read again, so that a mapping that was put right puts right what it left out
     * @param from what {@link #next} returned at the end of the last page that was published, or null
     * @param clock says what the future is
     */
    public TicketSweep(TicketReader reader, String reading, @Nullable String from, InstantSource clock) {
        this.reader = reader;
        this.reading = reading;
        this.clock = clock;
        if (from == null) {
            return;
        }
        try {
            JsonNode cursor = JSON.readTree(from);
            if (!cursor.path("reading").asString("").equals(reading)) {
                return;
            }
            updated = Instant.parse(cursor.path("updated").asString(""));
            cursor.path("refused")
                    .properties()
                    .forEach(one -> refused.put(one.getKey(), one.getValue().asString("")));
        } catch (JacksonException | DateTimeException e) {
            LOGGER.atWarn().log("Cursor not readable; every ticket is read again");
        }
    }

    /** Returns since how many minutes ago tickets must be read that were updated, or null for all. */
    public @Nullable Long minutes() {
        if (updated == null) {
            return null;
        }
        Duration since = Duration.between(updated.minus(OVERLAP), clock.instant());
        // Rounded up; a server whose clock is ahead of ours has updates in our future.
        return Math.max(OVERLAP.toMinutes(), since.toMinutes() + 1);
    }

    /**
     * Reads a page and hands its events on.
     *
     * @param updatedAt gives the time at which a ticket was updated
     */
    public void page(List<JsonNode> page, Updated updatedAt, ProcurementSource.Events events) throws SourceException {
        List<ProcurementEvent> read = new ArrayList<>();
        Instant last = updated;
        for (JsonNode one : page) {
            Instant at = updatedAt.of(one);
            last = last == null || at.isAfter(last) ? at : last;
            Ticket ticket = reader.read(one, clock);
            tickets++;
            if (ticket.event() != null) {
                read.add(ticket.event());
            }
            if (ticket.errors().isEmpty()) {
                refused.remove(ticket.id());
            } else {
                unreadable++;
                refuse(ticket);
            }
        }
        updated = last;
        events.page(read, next());
    }

    /** Tells when a ticket was updated. */
    @FunctionalInterface
    public interface Updated {
        /** @throws SourceException if the ticket does not say */
        Instant of(JsonNode ticket) throws SourceException;
    }

    private void refuse(Ticket ticket) {
        LineError error = ticket.errors().getFirst();
        String why = (error.field().isEmpty() ? "" : error.field() + ": ") + error.message();
        String id = ticket.id().isEmpty() ? "(without id)" : ticket.id();
        if (!why.equals(refused.get(id)) && (refused.containsKey(id) || refused.size() < MAX_REFUSED)) {
            refused.put(id, why);
            LOGGER.atWarn().addKeyValue("ticket", id).addKeyValue("error", why).log("Ticket not taken");
        }
    }

    private @Nullable String next() {
        if (updated == null) {
            return null;
        }
        ObjectNode cursor = JSON.createObjectNode().put("reading", reading).put("updated", updated.toString());
        ObjectNode left = cursor.putObject("refused");
        refused.forEach(left::put);
        return cursor.toString();
    }

    /**
     * Returns what is to be said at the end of a pass: null if all is well, else what was left out.
     *
     * @throws SourceException if none of the tickets could be read
     */
    public @Nullable String outcome() throws SourceException {
        if (tickets > 0 && unreadable == tickets) {
            throw new SourceException("none of the " + tickets + " tickets can be read: " + told()
                    + "; if a field was renamed, adapt the mapping");
        }
        return refused.isEmpty() ? null : refused.size() + " tickets are left out: " + told();
    }

    /**
     * Returns what is to be said at the end of a pass that may not turn more pages.
     *
     * @throws SourceException if none of the tickets could be read
     */
    public String stopped(int pages, int pageSize) throws SourceException {
        String outcome = outcome();
        return "stopped after " + pages + " pages of " + pageSize + " (maxPages); the next sweep goes on there"
                + (outcome == null ? "" : "; " + outcome);
    }

    private String told() {
        List<String> all = new ArrayList<>();
        refused.forEach((id, why) -> all.add(id + ": " + why));
        return String.join("; ", all.subList(0, Math.min(TOLD, all.size())));
    }
}
