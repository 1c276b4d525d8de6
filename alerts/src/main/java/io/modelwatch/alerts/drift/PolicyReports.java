package io.modelwatch.alerts.drift;

import io.modelwatch.alerts.policy.Decision;
import io.modelwatch.schemas.avro.ChangeVerdict;
import io.modelwatch.schemas.avro.ProvenanceChange;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.streams.StreamsMetrics;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** Tells operators what policies that only report would have said, and which policies fail: in the log and in metrics. */
final class PolicyReports {

    private static final Logger LOGGER = LoggerFactory.getLogger(PolicyReports.class);

    private static final String SCOPE = "policy";

    private final Sensor logged;
    private final Sensor failed;

    PolicyReports(StreamsMetrics metrics) {
        this.logged = metrics.addRateTotalSensor(SCOPE, DriftTopology.NAME, "log-match", Sensor.RecordingLevel.INFO);
        this.failed = metrics.addRateTotalSensor(SCOPE, DriftTopology.NAME, "failure", Sensor.RecordingLevel.INFO);
    }

    void report(ChangeVerdict verdict, Decision decision) {
        for (String policy : decision.logged()) {
            logged.record();
            about(LOGGER.atInfo(), verdict).addKeyValue("policy", policy).log("policy in mode log speaks of a change");
        }
        for (String failure : decision.failures()) {
            failed.record();
            about(LOGGER.atWarn(), verdict).addKeyValue("failure", failure).log("policy cannot be evaluated");
        }
    }

    private static LoggingEventBuilder about(LoggingEventBuilder line, ChangeVerdict verdict) {
        ProvenanceChange change = verdict.getJudged().getChange();
        return line.addKeyValue("deployment", verdict.getDeployment())
                .addKeyValue("change", change.getId())
                .addKeyValue("kind", change.getKind())
                .addKeyValue("verdict", verdict.getJudged().getVerdict());
    }
}
