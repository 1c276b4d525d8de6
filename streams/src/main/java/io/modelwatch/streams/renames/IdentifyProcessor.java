package io.modelwatch.streams.renames;

import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.RepositoryMessage;
import io.modelwatch.schemas.avro.SubjectFacts;
import io.modelwatch.schemas.avro.SubjectKind;
import io.modelwatch.streams.Merged;
import java.util.Objects;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

/** Tells each repository under which name it is seen, once a name. */
@NullUnmarked // init() sets the fields before any record comes.
final class IdentifyProcessor implements Processor<String, SubjectFacts, String, RepositoryMessage> {

    /** Attribute with a hub's id of a repository. */
    private static final String REPOSITORY = "repository_id";

    private static final int LONGEST_ID = 128;

    private ProcessorContext<String, RepositoryMessage> context;
    private KeyValueStore<String, String> told;

    @Override
    public void init(ProcessorContext<String, RepositoryMessage> context) {
        this.context = context;
        this.told = context.getStateStore(Renames.TOLD);
    }

    @Override
    public void process(Record<String, SubjectFacts> record) {
        SubjectFacts facts = record.value();
        if (facts == null || facts.getKind() != SubjectKind.MODEL) {
            return;
        }
        String repository = repository(facts);
        String before = told.get(facts.getSubject());
        if (Objects.equals(repository, before)) {
            return;
        }
        told.put(facts.getSubject(), repository);
        if (repository == null || facts.getChanges().isEmpty()) {
            return;
        }
        Change change = facts.getChanges().getFirst();
        RepositoryMessage message = RepositoryMessage.newBuilder()
                .setModel(facts.getSubject())
                .setChangeId(change.getId())
                .setCorrelationId(change.getCorrelationId())
                .setEffectiveAt(change.getEffectiveAt())
                .setObservedAt(change.getObservedAt())
                .build();
        context.forward(record.withKey(repository).withValue(message));
    }

    /** The id with its hub, since two hubs may give the same one; null where the model is gone or has none. */
    private static @Nullable String repository(SubjectFacts facts) {
        ModelFacts model = Merged.model(facts);
        String subject = facts.getSubject();
        Object id = model == null ? null : model.getAttributes().get(REPOSITORY);
        int type = subject.indexOf('/');
        if (!(id instanceof CharSequence text) || type < 0 || text.isEmpty() || text.length() > LONGEST_ID) {
            return null;
        }
        return subject.substring(0, type + 1) + text;
    }
}
