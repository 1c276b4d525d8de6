package io.modelwatch.alerts.drift;

import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.PathHeader;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertGroup;
import io.modelwatch.schemas.avro.AlertGroupMember;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.Tick;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.NullUnmarked;

/**
 * Counts the alerts of each group and says how it stands: at once when it begins and ends, and at most once a tick
 * between, so that a thousand alerts of one cause are a handful of records and not a thousand.
 */
@NullUnmarked // init() sets the fields before any record comes.
final class GroupProcessor implements Processor<String, SpecificRecord, String, Object> {

    private static final char SEPARATOR = '/';

    /** The character behind it: ends the range of a group's members. */
    private static final char BEHIND = SEPARATOR + 1;

    private final LongSupplier wallClock;

    private AlertRecords records;
    private KeyValueStore<String, AlertGroup> groups;
    private KeyValueStore<String, Alert> members;
    private KeyValueStore<String, String> unsaid;

    /** @param wallClock epoch milliseconds, for {@link PathHeader} only */
    GroupProcessor(LongSupplier wallClock) {
        this.wallClock = wallClock;
    }

    @Override
    public void init(ProcessorContext<String, Object> context) {
        this.records = new AlertRecords(context, DriftTopology.NAME, wallClock);
        this.groups = context.getStateStore(DriftTopology.GROUPS);
        this.members = context.getStateStore(DriftTopology.GROUP_MEMBERS);
        this.unsaid = context.getStateStore(DriftTopology.GROUPS_UNSAID);
    }

    @Override
    public void process(Record<String, SpecificRecord> record) {
        switch (record.value()) {
            case AlertGroupMember member -> member(member, record);
            case Tick tick -> sayAll(record);
            case null, default -> {
                // Nothing that a group is made of.
            }
        }
    }

    private void member(AlertGroupMember member, Record<String, SpecificRecord> record) {
        String id = record.key();
        Alert alert = member.getAlert();
        boolean closed = alert == null || alert.getState() == AlertState.CLOSED;
        String key = id + SEPARATOR + member.getId();
        boolean was = members.get(key) != null;
        if (closed && !was) {
            return;
        }
        AlertGroup before = groups.get(id);
        int alerts = (before == null ? 0 : before.getAlerts()) + (closed ? -1 : was ? 0 : 1);
        if (closed) {
            members.delete(key);
        } else {
            members.put(key, alert);
        }
        if (alerts == 0) {
            groups.delete(id);
            unsaid.delete(id);
            say(AlertGroups.closed(before, alert), record);
        } else if (before == null) {
            AlertGroup group = AlertGroups.of(id, GroupCause.of(member), null, List.of(alert), 1);
            groups.put(id, group);
            say(group, record);
        } else {
            before.setAlerts(alerts);
            before.setPeak(Math.max(alerts, before.getPeak()));
            groups.put(id, before);
            unsaid.put(id, "");
        }
    }

    private void sayAll(Record<String, SpecificRecord> record) {
        List<String> ids = new ArrayList<>();
        try (KeyValueIterator<String, String> all = unsaid.all()) {
            all.forEachRemaining(entry -> ids.add(entry.key));
        }
        for (String id : ids) {
            unsaid.delete(id);
            AlertGroup before = groups.get(id);
            AlertGroup group = AlertGroups.of(
                    id,
                    new GroupCause(before.getChange(), before.getProcurementEvent()),
                    before,
                    members(id),
                    before.getAlerts());
            groups.put(id, group);
            say(group, record);
        }
    }

    private List<Alert> members(String id) {
        List<Alert> found = new ArrayList<>();
        try (KeyValueIterator<String, Alert> all = members.range(id + SEPARATOR, id + BEHIND)) {
            while (all.hasNext() && found.size() < AlertGroups.MEMBERS) {
                found.add(all.next().value);
            }
        }
        return found;
    }

    private void say(AlertGroup group, Record<String, SpecificRecord> record) {
        records.say(
                group.getAlert().getCorrelationId(),
                DriftTopology.ALERT_GROUPS,
                Topics.ALERT_GROUPS,
                group.getId(),
                group,
                Ids.event("alert-group-record", group.getId(), group),
                group.getId(),
                group.getAlert().getUpdatedAt(),
                record);
    }
}
