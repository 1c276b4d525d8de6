package io.modelwatch.schemas;

import io.modelwatch.schemas.Topic.Cleanup;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertAction;
import io.modelwatch.schemas.avro.AlertGroup;
import io.modelwatch.schemas.avro.AlertGroupMember;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeVerdict;
import io.modelwatch.schemas.avro.Disclosure;
import io.modelwatch.schemas.avro.DriftReview;
import io.modelwatch.schemas.avro.InferenceMessage;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.LineageMessage;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.MbomMessage;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.RepositoryMessage;
import io.modelwatch.schemas.avro.SourceHealth;
import io.modelwatch.schemas.avro.SubjectFacts;
import io.modelwatch.schemas.avro.Tick;
import io.modelwatch.schemas.avro.Traffic;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.avro.specific.SpecificRecord;

/** The topic catalogue: the one place where topics are declared. An instance binds it to a name prefix. */
public final class Topics {

    static {
        AvroTrust.establish();
    }

    /** Partitions of every keyed topic. One number for all: topologies join them partition by partition. */
    public static final int PARTITIONS = 4;

    private static final Duration WEEK = Duration.ofDays(7);

    /** What sources said. */
    public static final Topic<Observation> OBSERVATIONS =
            new Topic<>("observations", "subject", Observation.class, PARTITIONS, Cleanup.DELETE, WEEK, null);
    /** What spans say of the routes by which models are called; the streams role's own, nothing to rely on. */
    public static final Topic<Traffic> TRAFFIC =
            new Topic<>("traffic", "deployment", Traffic.class, PARTITIONS, Cleanup.DELETE, Duration.ofDays(1), null);
    /** What differs from what was said before. Kept for ever unless the operator sets a retention. */
    public static final Topic<Change> CHANGES =
            new Topic<>("changes", "subject", Change.class, PARTITIONS, Cleanup.DELETE, null, null);
    /** What is known of each subject now; the streams role's own hand-over from changes to lineage and MBOMs. */
    public static final Topic<SubjectFacts> FACTS =
            new Topic<>("facts", "subject", SubjectFacts.class, PARTITIONS, Cleanup.COMPACT, null, WEEK);
    /** Resolved ancestry. */
    public static final Topic<Lineage> LINEAGE =
            new Topic<>("lineage", "model", Lineage.class, PARTITIONS, Cleanup.COMPACT, null, WEEK);
    /** Inside the lineage topology: which model names which other as its parent. */
    public static final Topic<LineageMessage> LINEAGE_SUBSCRIPTIONS = new Topic<>(
            "lineage-subscriptions", "parent", LineageMessage.class, PARTITIONS, Cleanup.DELETE, WEEK, null);
    /** Inside the lineage topology: what a model tells the models that name it as their parent. */
    public static final Topic<LineageMessage> LINEAGE_ADVERTISEMENTS = new Topic<>(
            "lineage-advertisements", "parent", LineageMessage.class, PARTITIONS, Cleanup.DELETE, WEEK, null);
    /** Inside the renames topology: under which name each repository of a hub is seen. */
    public static final Topic<RepositoryMessage> REPOSITORIES =
            new Topic<>("repositories", "repository", RepositoryMessage.class, PARTITIONS, Cleanup.DELETE, WEEK, null);
    /** Inside the inference topology: which model bears a name, and which looks for its parent under it. */
    public static final Topic<InferenceMessage> INFERENCE_NAMES =
            new Topic<>("inference-names", "name", InferenceMessage.class, PARTITIONS, Cleanup.DELETE, WEEK, null);
    /** Inside the inference topology: what a name tells the models that look under it. */
    public static final Topic<InferenceMessage> INFERENCE_ANSWERS =
            new Topic<>("inference-answers", "model", InferenceMessage.class, PARTITIONS, Cleanup.DELETE, WEEK, null);
    /** From the lineage to the mbom topology: the ancestry of each model that a deployment runs. */
    public static final Topic<Lineage> MBOM_LINEAGE =
            new Topic<>("mbom-lineage", "model", Lineage.class, PARTITIONS, Cleanup.DELETE, WEEK, null);
    /** Inside the mbom topology, and read by the lineage topology: which deployment runs which model. */
    public static final Topic<MbomMessage> MBOM_SUBSCRIPTIONS =
            new Topic<>("mbom-subscriptions", "model", MbomMessage.class, PARTITIONS, Cleanup.DELETE, WEEK, null);
    /** Inside the mbom topology: what a model tells the deployments that run it. */
    public static final Topic<MbomMessage> MBOM_ANSWERS =
            new Topic<>("mbom-answers", "deployment", MbomMessage.class, PARTITIONS, Cleanup.DELETE, WEEK, null);
    /** Revisions of MBOMs. The lag keeps every revision, with its delta, for a week before compaction. */
    public static final Topic<Mbom> MBOMS =
            new Topic<>("mboms", "deployment", Mbom.class, PARTITIONS, Cleanup.COMPACT, null, WEEK);
    /** Approvals, contracts, tickets, exceptions and revocations. */
    public static final Topic<ProcurementEvent> PROCUREMENT_EVENTS = new Topic<>(
            "procurement-events", "event id", ProcurementEvent.class, PARTITIONS, Cleanup.COMPACT, null, WEEK);
    /** Inside the drift topology: every procurement event, once a partition. */
    public static final Topic<ProcurementEvent> DRIFT_PROCUREMENT = new Topic<>(
            "drift-procurement", "event id", ProcurementEvent.class, PARTITIONS, Cleanup.DELETE, WEEK, null);
    /** What vendors announced. */
    public static final Topic<Disclosure> DISCLOSURES =
            new Topic<>("disclosures", "disclosure id", Disclosure.class, PARTITIONS, Cleanup.COMPACT, null, WEEK);
    /** Inside the drift topology: every disclosure, once a partition. */
    public static final Topic<Disclosure> DRIFT_DISCLOSURES =
            new Topic<>("drift-disclosures", "disclosure id", Disclosure.class, PARTITIONS, Cleanup.DELETE, WEEK, null);
    /** Findings. */
    public static final Topic<Alert> ALERTS = new Topic<>(
            "alerts", "alert id", Alert.class, PARTITIONS, Cleanup.COMPACT_DELETE, Duration.ofDays(400), WEEK);
    /** Alerts of one cause that reached many deployments, as one record each with its blast radius. */
    public static final Topic<AlertGroup> ALERT_GROUPS = new Topic<>(
            "alert-groups",
            "group id",
            AlertGroup.class,
            PARTITIONS,
            Cleanup.COMPACT_DELETE,
            Duration.ofDays(400),
            WEEK);
    /** Inside the drift topology: what became of each alert of a group. */
    public static final Topic<AlertGroupMember> DRIFT_GROUPS =
            new Topic<>("drift-groups", "group id", AlertGroupMember.class, PARTITIONS, Cleanup.DELETE, WEEK, null);
    /** Findings as OCSF Detection Findings in plain JSON, for a SIEM. */
    public static final Topic<SpecificRecord> ALERTS_OCSF =
            new Topic<>("alerts-ocsf", "alert id", null, PARTITIONS, Cleanup.DELETE, Duration.ofDays(90), null);
    /** What was last said of each provenance change, approved ones among them. */
    public static final Topic<ChangeVerdict> VERDICTS =
            new Topic<>("verdicts", "verdict id", ChangeVerdict.class, PARTITIONS, Cleanup.COMPACT, null, WEEK);
    /** What people did with alerts. */
    public static final Topic<AlertAction> ALERT_ACTIONS = new Topic<>(
            "alert-actions", "alert id", AlertAction.class, PARTITIONS, Cleanup.DELETE, Duration.ofDays(400), null);
    /** Inside the drift topology: every action, once a partition. */
    public static final Topic<AlertAction> DRIFT_ACTIONS =
            new Topic<>("drift-actions", "alert id", AlertAction.class, PARTITIONS, Cleanup.DELETE, WEEK, null);
    /** Inside the drift topology: deployments whose past is to be judged again. */
    public static final Topic<DriftReview> DRIFT_REVIEWS =
            new Topic<>("drift-reviews", "deployment", DriftReview.class, PARTITIONS, Cleanup.DELETE, WEEK, null);
    /** Health of every poller. */
    public static final Topic<SourceHealth> SOURCES =
            new Topic<>("sources", "source", SourceHealth.class, PARTITIONS, Cleanup.COMPACT, null, null);
    /** The pollers' clock, one record a partition and tick. */
    public static final Topic<Tick> TICKS =
            new Topic<>("ticks", "none", Tick.class, PARTITIONS, Cleanup.DELETE, Duration.ofDays(1), null);
    /** Where each source's poller goes on: JSON, written in one transaction with the observations it stands for. */
    public static final Topic<SpecificRecord> CURSORS =
            new Topic<>("cursors", "source and scope", null, PARTITIONS, Cleanup.COMPACT, null, null);
    /** Records that could not be read, as raw bytes, with the reason in headers. */
    public static final Topic<SpecificRecord> DEAD_LETTERS =
            new Topic<>("dead-letters", "original key", null, PARTITIONS, Cleanup.DELETE, Duration.ofDays(30), null);

    private static final List<Topic<?>> ALL = List.of(
            OBSERVATIONS,
            TRAFFIC,
            CHANGES,
            FACTS,
            LINEAGE,
            LINEAGE_SUBSCRIPTIONS,
            LINEAGE_ADVERTISEMENTS,
            REPOSITORIES,
            INFERENCE_NAMES,
            INFERENCE_ANSWERS,
            MBOM_SUBSCRIPTIONS,
            MBOM_LINEAGE,
            MBOM_ANSWERS,
            MBOMS,
            PROCUREMENT_EVENTS,
            DRIFT_PROCUREMENT,
            DISCLOSURES,
            DRIFT_DISCLOSURES,
            ALERTS,
            ALERT_GROUPS,
            DRIFT_GROUPS,
            ALERTS_OCSF,
            VERDICTS,
            ALERT_ACTIONS,
            DRIFT_ACTIONS,
            DRIFT_REVIEWS,
            SOURCES,
            TICKS,
            CURSORS,
            DEAD_LETTERS);

    private static final Pattern PREFIX = Pattern.compile("[a-z0-9][a-z0-9._-]{0,99}");

    private final String prefix;

    /**
     * Binds the catalogue to a prefix.
     *
     * @throws IllegalArgumentException if the prefix is not a legal start of a topic name
     */
    public Topics(String prefix) {
        if (!PREFIX.matcher(prefix).matches()) {
            throw new IllegalArgumentException("topic prefix '" + prefix
                    + "': lower-case letters, digits, '.', '_' and '-' only, at most 100, for example modelwatch");
        }
        this.prefix = prefix;
    }

    /** Returns every topic, in the order of the design. */
    public static List<Topic<?>> all() {
        return ALL;
    }

    /** Returns the prefix. */
    public String prefix() {
        return prefix;
    }

    /** Returns the full name of a topic, for example {@code modelwatch.mboms.v1}. */
    public String name(Topic<?> topic) {
        return prefix + "." + topic.entity() + ".v1";
    }

    /** Returns the registry subject of a topic's value, by TopicNameStrategy. */
    public String registrySubject(Topic<?> topic) {
        return name(topic) + "-value";
    }
}
