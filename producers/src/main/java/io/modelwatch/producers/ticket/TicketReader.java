package io.modelwatch.producers.ticket;

import com.dashjoin.jsonata.Jsonata;
import io.modelwatch.producers.intake.Batch;
import io.modelwatch.producers.intake.FlatForm;
import io.modelwatch.producers.intake.IntakeParser;
import io.modelwatch.producers.intake.LineError;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.ticket.Mapping.Decision;
import io.modelwatch.schemas.avro.ProcurementEvent;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads tickets as procurement events, by a mapping. Thread-safe. */
public final class TicketReader {

    /** Of a revocation these columns alone have a meaning. */
    private static final Set<String> OF_REVOCATION = Set.of("id", "issuedAt", "approver", "reference");

    private static final Set<String> TIMES = Set.of("issuedAt", "validFrom", "validTo");

    private final Mapping mapping;
    private final @Nullable Jsonata ticket;
    private final Jsonata decision;
    private final @Nullable Jsonata revokedAt;
    private final Map<String, Jsonata> fields = new TreeMap<>();

    /** An expression keeps state while it is evaluated. */
    private final ReentrantLock lock = new ReentrantLock();

    /** @throws IllegalArgumentException if an expression of the mapping is no JSONata */
    public TicketReader(Mapping mapping) {
        this.mapping = mapping;
        this.ticket = mapping.ticket().isEmpty() ? null : Expressions.compile("ticket", mapping.ticket());
        this.decision = Expressions.compile("decision", mapping.decision());
        this.revokedAt = mapping.revokedAt() == null ? null : Expressions.compile("revokedAt", mapping.revokedAt());
        mapping.fields().forEach((column, text) -> fields.put(column, Expressions.compile(column, text)));
    }

    /**
     * Says what is wrong with a mapping before the first ticket comes.
     *
     * @throws IllegalArgumentException if an expression is no JSONata
     */
    public static void check(Mapping mapping) {
        var unused = new TicketReader(mapping);
    }

    /**
     * What came of a ticket: an event, or the reason why it makes none, or errors.
     *
     * @param id the ticket's, empty where none is found
     * @param event what it says, or null
     * @param ignored why it says nothing, or null
     * @param errors what is wrong with it
     */
    public record Ticket(
            String id,
            @Nullable ProcurementEvent event,
            @Nullable String ignored,
            List<LineError> errors) {

        /** Copies the list. */
        public Ticket {
            errors = List.copyOf(errors);
        }
    }

    /** Reads the ticket in the body of a webhook. */
    public Ticket fromBody(JsonNode body, InstantSource clock) {
        lock.lock();
        try {
            Object found = Json.plain(body);
            if (ticket != null) {
                found = Expressions.evaluate("ticket", ticket, found);
            }
            return found instanceof Map
                    ? read(found, clock)
                    : refused("", "", "holds no ticket at " + mapping.ticket());
        } catch (Expressions.FailedException e) {
            return refused("", "", String.valueOf(e.getMessage()));
        } finally {
            lock.unlock();
        }
    }

    /** Reads a ticket. */
    public Ticket read(JsonNode ticket, InstantSource clock) {
        lock.lock();
        try {
            return read(Json.plain(ticket), clock);
        } finally {
            lock.unlock();
        }
    }

    private Ticket read(@Nullable Object given, InstantSource clock) {
        String id = "";
        String at = "id";
        try {
            id = texts("id", evaluate("id", given));
            if (id.isEmpty()) {
                return refused(
                        "", "id", "the ticket has none at " + mapping.fields().get("id"));
            }
            at = "decision";
            String decided = text(Expressions.evaluate("decision", decision, given));
            Decision made = mapping.decisions().get(decided.toLowerCase(Locale.ROOT));
            if (made == null) {
                String what = decided.isEmpty()
                        ? "nothing is decided (no text at " + mapping.decision() + ")"
                        : "'" + shorten(decided) + "' decides nothing";
                return new Ticket(id, null, id + ": " + what, List.of());
            }
            Map<String, String> columns = new LinkedHashMap<>();
            for (String column : FlatForm.columns()) {
                at = column;
                if (made == Decision.REVOCATION && !OF_REVOCATION.contains(column)) {
                    continue;
                }
                String constant = mapping.constants().get(column);
                String text = constant != null ? constant : texts(column, evaluate(column, given));
                if (!text.isEmpty()) {
                    columns.put(column, TIMES.contains(column) ? Times.rfc3339(text, column.equals("validTo")) : text);
                }
            }
            columns.put("type", made.word());
            if (made == Decision.REVOCATION) {
                at = "revokedAt";
                String when = revokedAt == null ? "" : text(Expressions.evaluate("revokedAt", revokedAt, given));
                if (!when.isEmpty()) {
                    columns.put("issuedAt", Times.rfc3339(when, false));
                }
                columns.put("id", revocationId(id));
                columns.put("revokes", id);
            }
            Batch<ProcurementEvent> batch = IntakeParser.procurement(FlatForm.nested(columns), 1, clock);
            return new Ticket(
                    id, batch.accepted().isEmpty() ? null : batch.accepted().getFirst(), null, batch.errors());
        } catch (Expressions.FailedException e) {
            return refused(id, at, String.valueOf(e.getMessage()));
        }
    }

    /** Returns the id under which a ticket takes itself back. */
    public static String revocationId(String id) {
        return id + ":revocation";
    }

    private @Nullable Object evaluate(String column, @Nullable Object given) throws Expressions.FailedException {
        Jsonata expression = fields.get(column);
        return expression == null ? null : Expressions.evaluate(column, expression, given);
    }

    /** One text, or several joined as {@link FlatForm} separates them, each replaced by what it stands for. */
    private String texts(String column, @Nullable Object value) {
        Map<String, String> standsFor = mapping.values().getOrDefault(column, Map.of());
        List<String> texts = new ArrayList<>();
        for (Object one : value instanceof List<?> list ? list : value == null ? List.of() : List.of(value)) {
            for (String text : text(one).split("[;\\r\\n]+", -1)) {
                String stripped = text.strip();
                texts.add(standsFor.getOrDefault(stripped, stripped));
            }
        }
        texts.removeIf(String::isEmpty);
        return String.join(";", texts);
    }

    /** Scalars only: an object or a list in their place means that the mapping misses its aim. */
    private static String text(@Nullable Object value) {
        return value instanceof String || value instanceof Number || value instanceof Boolean
                ? value.toString().strip()
                : "";
    }

    private static Ticket refused(String id, String field, String message) {
        return new Ticket(id, null, null, List.of(new LineError(1, field, message)));
    }

    private static String shorten(String text) {
        String clean = text.replaceAll("\\p{Cntrl}", "?");
        return clean.length() <= 80 ? clean : clean.substring(0, 80) + "…";
    }
}
