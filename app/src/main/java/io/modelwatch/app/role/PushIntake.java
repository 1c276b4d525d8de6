package io.modelwatch.app.role;

import io.modelwatch.history.api.Intake;
import io.modelwatch.producers.intake.Batch;
import io.modelwatch.producers.intake.IntakeParser;
import io.modelwatch.producers.publish.PublishException;
import io.modelwatch.producers.publish.Publisher;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;

/** Takes pushed lines: reads them, publishes the good ones in one transaction, and waits where that is asked for. */
final class PushIntake implements Intake {

    private static final Duration WAIT_LIMIT = Duration.ofMinutes(2);

    private final IntakeParser parser = new IntakeParser();
    private final Publisher publisher;
    private final Settlement settlement;
    private final InstantSource clock;

    /** @param clock says what the future is */
    PushIntake(Publisher publisher, Settlement settlement, InstantSource clock) {
        this.publisher = publisher;
        this.settlement = settlement;
        this.clock = clock;
    }

    @Override
    public Receipt observations(InputStream lines, boolean wait) throws IOException, InterruptedException {
        return take(parser.observations(lines, clock), publisher::publish, wait);
    }

    @Override
    public Receipt procurementEvents(InputStream lines, boolean wait) throws IOException, InterruptedException {
        return take(parser.procurement(lines, clock), publisher::publishProcurement, wait);
    }

    @Override
    public Receipt alertActions(InputStream lines, boolean wait) throws IOException, InterruptedException {
        return take(parser.alertActions(lines, clock), publisher::publishActions, wait);
    }

    @Override
    public Receipt disclosures(InputStream lines, boolean wait) throws IOException, InterruptedException {
        return take(parser.disclosures(lines, clock), publisher::publishDisclosures, wait);
    }

    private <T> Receipt take(Batch<T> batch, Consumer<List<T>> publish, boolean wait) throws InterruptedException {
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
        return new Receipt(
                batch.accepted().size(),
                batch.errors().stream()
                        .map(error -> new LineError(error.line(), error.field(), error.message()))
                        .toList());
    }
}
