package io.modelwatch.alerts.drift;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.alerts.TopologyDriver;
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
import java.util.function.Function;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.Stores;

/** The drift topology without a broker. */
final class DriftTestDriver implements AutoCloseable {

    private final TopologyDriver driver;
    private final TestInputTopic<String, Mbom> mboms;
    private final TestInputTopic<String, ProcurementEvent> procurement;
    private final TestInputTopic<String, Disclosure> disclosures;
    private final TestInputTopic<String, Tick> ticks;
    private final TestOutputTopic<String, Alert> alerts;
    private final TestOutputTopic<String, ChangeVerdict> verdicts;
    private final TestOutputTopic<String, AlertGroup> groups;
    private final TestInputTopic<String, AlertAction> actions;

    /** Its stores are in memory: to open and close those on disk takes longer than most tests. */
    DriftTestDriver(Path stateDir, DriftConfig config) {
        this(stateDir, config, Stores::inMemoryKeyValueStore);
    }

    /** @param stores makes the store of a name */
    DriftTestDriver(Path stateDir, DriftConfig config, Function<String, KeyValueBytesStoreSupplier> stores) {
        driver = new TopologyDriver(
                stateDir, serdes -> DriftTopology.build(TopologyDriver.TOPICS, serdes, config, stores));
        mboms = driver.input(Topics.MBOMS);
        procurement = driver.input(Topics.PROCUREMENT_EVENTS);
        disclosures = driver.input(Topics.DISCLOSURES);
        ticks = driver.input(Topics.TICKS);
        alerts = driver.output(Topics.ALERTS);
        verdicts = driver.output(Topics.VERDICTS);
        groups = driver.output(Topics.ALERT_GROUPS);
        actions = driver.input(Topics.ALERT_ACTIONS);
    }

    /** The stores behind it. */
    TopologyDriver topology() {
        return driver;
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
}
