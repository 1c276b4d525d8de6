package io.modelwatch.alerts.drift;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.CloudEvents;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.PathHeader;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import java.time.Instant;
import java.util.function.LongSupplier;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** What a topology that raises alerts sends out: each update of an alert in both of its forms, with the headers of the cause. */
public final class AlertRecords {

    /** Name of the sink to which alerts go, in every topology that raises some. */
    static final String ALERTS = "alerts";

    /** Name of the sink to which they go in the form that a SIEM reads. */
    static final String ALERTS_OCSF = "alerts-ocsf";

    private final ProcessorContext<String, Object> context;
    private final String topology;
    private final LongSupplier wallClock;

    /**
     * @param topology its name: the source of its events and its stage in {@link PathHeader}
     * @param wallClock epoch milliseconds, for {@link PathHeader} only
     */
    public AlertRecords(ProcessorContext<String, Object> context, String topology, LongSupplier wallClock) {
        this.context = context;
        this.topology = topology;
        this.wallClock = wallClock;
    }

    /**
     * Adds the sinks to which alerts go.
     *
     * @param from the processor that raises them
     */
    public static void addSinks(Topology topology, Topics topics, AvroSerdes serdes, String from) {
        Serializer<String> keys = Serdes.String().serializer();
        topology.addSink(
                ALERTS,
                topics.name(Topics.ALERTS),
                keys,
                serdes.of(Topics.ALERTS).serializer(),
                from);
        topology.addSink(ALERTS_OCSF, topics.name(Topics.ALERTS_OCSF), keys, new ByteArraySerializer(), from);
    }

    /**
     * Sends an update of an alert.
     *
     * @param created whether this is the first that is heard of it
     * @param cause the record that led to it
     * @return the id of the event
     */
    public String say(Alert alert, boolean created, Record<String, ?> cause) {
        // The content is part of it: every update has an id of its own, the same in every run.
        String id = Ids.event("alert", alert.getId(), alert);
        String correlationId = alert.getCorrelationId();
        say(
                correlationId,
                ALERTS,
                Topics.ALERTS,
                alert.getId(),
                alert,
                id,
                alert.getDeployment(),
                alert.getUpdatedAt(),
                cause);
        byte[] finding = Ocsf.finding(alert, created, id);
        say(
                correlationId,
                ALERTS_OCSF,
                Topics.ALERTS_OCSF,
                alert.getId(),
                finding,
                id,
                alert.getDeployment(),
                alert.getUpdatedAt(),
                cause);
        return id;
    }

    /**
     * Sends a record.
     *
     * @param correlationId by which observation it came to be, whatever led to it now
     * @param sink where it goes
     * @param topic what that sink writes to
     * @param id of the event
     * @param subject what it is about
     * @param time when it happened
     * @param cause the record that led to it
     */
    public void say(
            String correlationId,
            String sink,
            Topic<?> topic,
            String key,
            Object value,
            String id,
            String subject,
            Instant time,
            Record<String, ?> cause) {
        Headers headers = new RecordHeaders(cause.headers().toArray());
        PathHeader.stamp(headers, topology, wallClock.getAsLong());
        CloudEvents.set(headers, topic, id, "modelwatch/" + topology, subject, time);
        CloudEvents.correlate(headers, correlationId);
        context.forward(new Record<>(key, value, cause.timestamp(), headers), sink);
    }
}
