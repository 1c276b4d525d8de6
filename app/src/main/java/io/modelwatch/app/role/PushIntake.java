package io.modelwatch.app.role;

import io.modelwatch.history.ProcurementReview;
import io.modelwatch.history.api.Intake;
import io.modelwatch.producers.intake.Batch;
import io.modelwatch.producers.intake.IntakeParser;
import io.modelwatch.producers.publish.PublishException;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.producers.receiver.AibomReceiver;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.producers.ticket.TicketReader.Ticket;
import io.modelwatch.producers.ticket.Webhook;
import io.modelwatch.schemas.TraceParent;
import io.modelwatch.schemas.avro.AlertAction;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ProcurementEvent;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Takes pushed lines: reads them, publishes the good ones in one transaction, and waits where that is asked for. */
final class PushIntake implements Intake {

    private static final Duration WAIT_LIMIT = Duration.ofMinutes(2);

    /** More warnings say nothing new. */
    private static final int MAX_WARNINGS = 100;

    private final IntakeParser parser = new IntakeParser();
    private final Publisher publisher;
    private final Settlement settlement;
    private final InstantSource clock;
    private final ProcurementReview review;
    private final Map<String, Webhook> webhooks;
    private final SourceHints hints;
    private final DeliveryCallbacks callbacks;
    private final Map<String, AibomReceiver> receivers;
    private final @Nullable SpanIntake spans;
    private final boolean traced;

    /**
     * @param clock says what the future is
     * @param review says what is odd about procurement events
     * @param webhooks ways in for tickets, by name
     * @param hints ways in for word that something changed at a source
     * @param callbacks ways in for what people do with alerts elsewhere
     * @param receivers ways in for systems that post what runs, by name
     * @param spans takes spans in, or null where none are
     * @param traced whether observations continue the trace of whoever pushes them
     */
    PushIntake(
            Publisher publisher,
            Settlement settlement,
            InstantSource clock,
            ProcurementReview review,
            Map<String, Webhook> webhooks,
            SourceHints hints,
            DeliveryCallbacks callbacks,
            Map<String, AibomReceiver> receivers,
            @Nullable SpanIntake spans,
            boolean traced) {
        this.publisher = publisher;
        this.settlement = settlement;
        this.clock = clock;
        this.review = review;
        this.webhooks = Map.copyOf(webhooks);
        this.hints = hints;
        this.callbacks = callbacks;
        this.receivers = Map.copyOf(receivers);
        this.spans = spans;
        this.traced = traced;
    }

    @Override
    public Receipt observations(InputStream lines, boolean wait, UnaryOperator<@Nullable String> headers)
            throws IOException, InterruptedException {
        return observed(parser.observations(lines, clock), wait, headers);
    }

    private Receipt observed(Batch<Observation> batch, boolean wait, UnaryOperator<@Nullable String> headers)
            throws InterruptedException {
        review.observed(batch.accepted().stream()
                .filter(one -> one.getDeployment() != null)
                .map(Observation::getSubject)
                .toList());
        TraceParent parent = traced ? TraceParent.parse(headers.apply(TraceParent.NAME)) : null;
        return take(batch, observations -> publisher.publish(observations, parent), wait, List.of());
    }

    @Override
    public Receipt bill(String receiver, UnaryOperator<@Nullable String> headers, byte[] body)
            throws InterruptedException {
        AibomReceiver known = receivers.get(receiver);
        if (known == null) {
            throw new UnknownException("no receiver " + receiver + " is configured (receivers)");
        }
        try {
            if (!known.admits(headers)) {
                throw new RefusedException("receiver " + receiver + ": the sender does not know its token");
            }
        } catch (SourceException e) {
            throw new UnavailableException(String.valueOf(e.getMessage()), e);
        }
        return observed(known.read(headers, body, clock), false, headers);
    }

    @Override
    public Receipt procurementEvents(InputStream lines, boolean wait) throws IOException, InterruptedException {
        Batch<ProcurementEvent> batch = parser.procurement(lines, clock);
        return take(batch, publisher::publishProcurement, wait, warnings(batch));
    }

    @Override
    public Receipt alertActions(InputStream lines, boolean wait, @Nullable String token)
            throws IOException, InterruptedException {
        Batch<AlertAction> batch = parser.alertActions(lines, clock);
        if (token != null) {
            // Last, so that whatever a line claims, what follows it is not its own word.
            batch.accepted().forEach(action -> action.setAuthor(action.getAuthor() + " (token " + token + ")"));
        }
        return take(batch, publisher::publishActions, wait, List.of());
    }

    @Override
    public Receipt disclosures(InputStream lines, boolean wait) throws IOException, InterruptedException {
        return take(parser.disclosures(lines, clock), publisher::publishDisclosures, wait, List.of());
    }

    @Override
    public Receipt ticket(String webhook, UnaryOperator<@Nullable String> headers, byte[] body)
            throws InterruptedException {
        Webhook known = webhooks.get(webhook);
        if (known == null) {
            throw new UnknownException("no webhook " + webhook + " is configured (procurement.webhooks)");
        }
        try {
            if (!known.admits(headers, body)) {
                throw new RefusedException("webhook " + webhook + ": the sender does not prove to know its secret");
            }
        } catch (SourceException e) {
            throw new UnavailableException(String.valueOf(e.getMessage()), e);
        }
        Ticket ticket = known.read(body, clock);
        ProcurementEvent event = ticket.event();
        if (event == null) {
            List<LineError> ignored =
                    ticket.ignored() == null ? List.of() : List.of(new LineError(1, "", ticket.ignored()));
            return new Receipt(0, errors(ticket.errors()), ignored);
        }
        Batch<ProcurementEvent> batch = new Batch<>(List.of(event), List.of(1), List.of());
        return take(batch, publisher::publishProcurement, false, warnings(batch));
    }

    @Override
    public Receipt hint(String source, UnaryOperator<@Nullable String> headers, byte[] body) {
        return hints.take(source, headers, body);
    }

    @Override
    public Receipt callback(String delivery, UnaryOperator<@Nullable String> headers, byte[] body)
            throws InterruptedException {
        List<AlertAction> actions;
        try {
            actions = callbacks.take(delivery, headers, body);
        } catch (IllegalArgumentException e) {
            return new Receipt(0, List.of(new LineError(1, "", String.valueOf(e.getMessage()))));
        }
        if (actions.isEmpty()) {
            return new Receipt(
                    0, List.of(), List.of(new LineError(1, "", "passed over: nothing that is done with an alert")));
        }
        List<Integer> lines = Collections.nCopies(actions.size(), 1);
        return take(new Batch<>(actions, lines, List.of()), publisher::publishActions, false, List.of());
    }

    @Override
    public SpanReceipt spans(byte[] body, boolean json) {
        if (spans == null) {
            throw new UnknownException("spans are not taken in here (telemetry.enabled)");
        }
        return spans.take(body, json);
    }

    private List<LineError> warnings(Batch<ProcurementEvent> batch) {
        if (batch.accepted().isEmpty()) {
            return List.of();
        }
        List<LineError> warnings = review.of(batch.accepted()).stream()
                .map(remark -> new LineError(batch.lines().get(remark.event()), remark.field(), remark.message()))
                .toList();
        if (warnings.size() <= MAX_WARNINGS) {
            return warnings;
        }
        LineError last = warnings.get(MAX_WARNINGS);
        String more = "and " + (warnings.size() - MAX_WARNINGS) + " more warnings from here on";
        return Stream.concat(warnings.stream().limit(MAX_WARNINGS), Stream.of(new LineError(last.line(), "", more)))
                .toList();
    }

    private <T> Receipt take(Batch<T> batch, Consumer<List<T>> publish, boolean wait, List<LineError> warnings)
            throws InterruptedException {
        if (!batch.accepted().isEmpty()) {
            try {
                publish.accept(batch.accepted());
            } catch (PublishException e) {
                throw new UnavailableException(String.valueOf(e.getMessage()), e);
            }
        }
        if (wait) {
            try {
                settlement.await(WAIT_LIMIT);
            } catch (SettlementException e) {
                throw new NotSettledException(String.valueOf(e.getMessage()), e);
            }
        }
        return new Receipt(batch.accepted().size(), errors(batch.errors()), warnings);
    }

    private static List<LineError> errors(List<io.modelwatch.producers.intake.LineError> errors) {
        return errors.stream()
                .map(error -> new LineError(error.line(), error.field(), error.message()))
                .toList();
    }
}
