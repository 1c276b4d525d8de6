package io.modelwatch.app.role;

import io.modelwatch.history.api.Intake;
import io.modelwatch.producers.publish.PublishException;
import io.modelwatch.producers.telemetry.MalformedSpansException;
import io.modelwatch.producers.telemetry.SpanBatch;
import io.modelwatch.producers.telemetry.SpanReader;
import io.modelwatch.producers.telemetry.TelemetryConfig;
import io.modelwatch.producers.telemetry.TrafficPublisher;
import java.time.InstantSource;

/** Takes exports of traces in: reads them, and answers once what they say of models is in Kafka. */
final class SpanIntake {

    private final SpanReader reader;
    private final TrafficPublisher publisher;
    private final InstantSource clock;
    private final Runnable heard;

    /**
     * @param clock says what the future is
     * @param heard called after an export was taken in
     */
    SpanIntake(TelemetryConfig config, TrafficPublisher publisher, InstantSource clock, Runnable heard) {
        this.reader = new SpanReader(config);
        this.publisher = publisher;
        this.clock = clock;
        this.heard = heard;
    }

    /**
     * Takes one export.
     *
     * @throws Intake.MalformedException if it is none
     * @throws Intake.UnavailableException if Kafka takes nothing
     */
    Intake.SpanReceipt take(byte[] body, boolean json) {
        try {
            SpanBatch batch = reader.read(body, json, clock);
            publisher.publish(batch.traffic());
            heard.run();
            return new Intake.SpanReceipt(batch.rejected(), batch.reason());
        } catch (MalformedSpansException e) {
            throw new Intake.MalformedException(String.valueOf(e.getMessage()), e);
        } catch (PublishException e) {
            throw new Intake.UnavailableException(String.valueOf(e.getMessage()), e);
        }
    }
}
