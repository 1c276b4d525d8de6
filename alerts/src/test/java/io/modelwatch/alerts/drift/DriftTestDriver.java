package io.modelwatch.alerts.drift;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.FakeSchemaRegistry;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertAction;
import io.modelwatch.schemas.avro.AlertGroup;
import io.modelwatch.schemas.avro.ChangeVerdict;
import io.modelwatch.schemas.avro.Disclosure;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.Tick;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Properties;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;

/** The drift topology without a broker. */
final class DriftTestDriver implements AutoCloseable {

    private static final Topics TOPICS = new Topics("test");

    private final AvroSerdes serdes = new AvroSerdes(new FakeSchemaRegistry());
    private final TopologyTestDriver driver;
    private final TestInputTopic<String, Mbom> mboms;
    private final TestInputTopic<String, ProcurementEvent> procurement;
    private final TestInputTopic<String, Disclosure> disclosures;
    private final TestInputTopic<String, Tick> ticks;
    private final TestOutputTopic<String, Alert> alerts;
    private final TestOutputTopic<String, ChangeVerdict> verdicts;
    private final TestOutputTopic<String, AlertGroup> groups;
    private final TestInputTopic<String, AlertAction> actions;

    DriftTestDriver(Path stateDir, DriftConfig config) {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "drift");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, stateDir.toString());
        driver = new TopologyTestDriver(DriftTopology.build(TOPICS, serdes, config), properties);
        mboms = input(Topics.MBOMS);
        procurement = input(Topics.PROCUREMENT_EVENTS);
        disclosures = input(Topics.DISCLOSURES);
        ticks = input(Topics.TICKS);
        alerts = output(Topics.ALERTS);
        verdicts = output(Topics.VERDICTS);
        groups = output(Topics.ALERT_GROUPS);
        actions = input(Topics.ALERT_ACTIONS);
    }

    void send(Mbom mbom) {
        mboms.pipeInput(mbom.getDeployment(), mbom);
    }

    void send(ProcurementEvent event) {
        procurement.pipeInput(event.getId(), event);
    }

    void send(Disclosure disclosure) {
        disclosures.pipeInput(disclosure.getId(), disclosure);
    }

    void send(AlertAction action) {
        actions.pipeInput(action.getAlert(), action);
    }

    void tick(Instant at) {
        ticks.pipeInput("tick", new Tick(at));
    }

    /** What was said since the last call. */
    List<ChangeVerdict> verdicts() {
        return verdicts.readValuesToList();
    }

    /** What was written since the last call. */
    List<Alert> alerts() {
        return alerts.readValuesToList();
    }

    /** What was written of groups since the last call. */
    List<AlertGroup> groups() {
        return groups.readValuesToList();
    }

    @Override
    public void close() {
        driver.close();
    }

    private <V extends SpecificRecord> TestInputTopic<String, V> input(Topic<V> topic) {
        return driver.createInputTopic(
                TOPICS.name(topic), new StringSerializer(), serdes.of(topic).serializer());
    }

    private <V extends SpecificRecord> TestOutputTopic<String, V> output(Topic<V> topic) {
        return driver.createOutputTopic(
                TOPICS.name(topic), new StringDeserializer(), serdes.of(topic).deserializer());
    }
}
