package io.modelwatch.streams.renames;

import io.modelwatch.schemas.Canonical;
import io.modelwatch.schemas.CloudEvents;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.PathHeader;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.RepositoryMessage;
import io.modelwatch.schemas.avro.SubjectKind;
import java.util.Comparator;
import java.util.function.LongSupplier;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.NullUnmarked;

/** Holds the name under which a repository is seen against the one before. */
@NullUnmarked // init() sets the fields before any record comes.
final class CompareProcessor implements Processor<String, RepositoryMessage, String, Change> {

    /**
     * Two models keep no common order on their topics: what was seen earlier is the older name, and of two that were
     * seen at one time the one that comes first by name.
     */
    private static final Comparator<RepositoryMessage> NEWER =
            Comparator.comparing(RepositoryMessage::getObservedAt).thenComparing(RepositoryMessage::getModel);

    private final LongSupplier wallClock;
    private ProcessorContext<String, Change> context;
    private KeyValueStore<String, RepositoryMessage> names;

    /** @param wallClock epoch milliseconds, for {@link PathHeader} only */
    CompareProcessor(LongSupplier wallClock) {
        this.wallClock = wallClock;
    }

    @Override
    public void init(ProcessorContext<String, Change> context) {
        this.context = context;
        this.names = context.getStateStore(Renames.NAMES);
    }

    @Override
    public void process(Record<String, RepositoryMessage> record) {
        RepositoryMessage now = record.value();
        if (now == null) {
            return;
        }
        RepositoryMessage before = names.get(record.key());
        if (before != null && NEWER.compare(now, before) < 0) {
            return;
        }
        names.put(record.key(), now);
        if (before == null || before.getModel().equals(now.getModel())) {
            return;
        }
        Change change = Change.newBuilder()
                .setId(Ids.digest("renamed", record.key(), before.getModel(), now.getModel(), now.getChangeId()))
                .setSubject(now.getModel())
                .setSubjectKind(SubjectKind.MODEL)
                .setKind(ChangeKind.MODEL_RENAMED)
                .setField("id")
                .setBefore(Canonical.json(before.getModel()))
                .setAfter(Canonical.json(now.getModel()))
                .setSource("modelwatch")
                .setEffectiveAt(now.getEffectiveAt())
                .setObservedAt(now.getObservedAt())
                .setConfidence(Confidence.OBSERVED)
                .setCorrelationId(now.getCorrelationId())
                .setCause(now.getChangeId())
                .build();
        Headers headers = new RecordHeaders(record.headers().toArray());
        PathHeader.stamp(headers, Renames.NAME, wallClock.getAsLong());
        CloudEvents.set(
                headers,
                Topics.CHANGES,
                change.getId(),
                "modelwatch/renames",
                change.getSubject(),
                change.getObservedAt());
        CloudEvents.correlate(headers, change.getCorrelationId());
        context.forward(new Record<>(change.getSubject(), change, record.timestamp(), headers));
    }
}
