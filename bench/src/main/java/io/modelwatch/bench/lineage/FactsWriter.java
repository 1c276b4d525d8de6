package io.modelwatch.bench.lineage;

import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.schemas.CloudEvents;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.schemas.avro.SourceClaim;
import io.modelwatch.schemas.avro.SubjectFacts;
import io.modelwatch.schemas.avro.SubjectKind;
import java.time.Instant;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** Writes what is known of subjects to the topic {@code facts}, in the form in which the changes topology does. */
final class FactsWriter implements AutoCloseable {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final String SOURCE = "bench";

    private final KafkaProducer<String, byte[]> producer;
    private final Serializer<SubjectFacts> serializer;
    private final String topic;
    private final AtomicReference<@Nullable Exception> failed = new AtomicReference<>();
    private long written;

    FactsWriter(Bed bed) {
        Properties settings = bed.kafka().clientProperties();
        settings.put(ProducerConfig.LINGER_MS_CONFIG, 5);
        this.producer = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
        this.serializer = bed.serdes().of(Topics.FACTS).serializer();
        this.topic = bed.kafka().topics().name(Topics.FACTS);
    }

    /** Returns how many records were written. */
    long written() {
        return written;
    }

    /** Says what a model is, with the change that showed it. */
    void model(String id, List<ParentRef> parents, @Nullable String license, ChangeKind kind) {
        ModelFacts facts = ModelFacts.newBuilder()
                .setId(id)
                .setParents(parents)
                .setLicense(license)
                .build();
        write(claim(id, SubjectKind.MODEL, kind, claim -> claim.setModel(facts)));
    }

    /** Says that a deployment runs one model. */
    void deployment(String id, String model) {
        DeploymentFacts facts = DeploymentFacts.newBuilder()
                .setId(id)
                .setModels(List.of(
                        DeployedModel.newBuilder().setRole("chat").setId(model).build()))
                .build();
        write(claim(id, SubjectKind.DEPLOYMENT, ChangeKind.APPEARED, claim -> claim.setDeployment(facts)));
    }

    /** Says that nobody speaks of a model any more. */
    void removed(String id) {
        SubjectFacts facts = claim(id, SubjectKind.MODEL, ChangeKind.REMOVED, claim -> {});
        facts.setClaims(List.of());
        write(facts);
    }

    private interface Claimed {
        void by(SourceClaim.Builder claim);
    }

    private SubjectFacts claim(String subject, SubjectKind kind, ChangeKind change, Claimed claimed) {
        Instant at = START.plusMillis(written);
        String observation = Ids.digest("bench-observation", subject, Long.toString(written));
        SourceClaim.Builder claim = SourceClaim.newBuilder()
                .setSource(SOURCE)
                .setObservationId(observation)
                .setObservedAt(at)
                .setConfidence(Confidence.DECLARED);
        claimed.by(claim);
        return SubjectFacts.newBuilder()
                .setSubject(subject)
                .setKind(kind)
                .setClaims(List.of(claim.build()))
                .setChanges(List.of(Change.newBuilder()
                        .setId(Ids.change(observation, null))
                        .setSubject(subject)
                        .setSubjectKind(kind)
                        .setKind(change)
                        .setField(change == ChangeKind.LICENSE_CHANGED ? "license" : null)
                        .setSource(SOURCE)
                        .setEffectiveAt(at)
                        .setObservedAt(at)
                        .setConfidence(Confidence.DECLARED)
                        .setCorrelationId(observation)
                        .build()))
                .setCorrelationId(observation)
                .build();
    }

    private void write(SubjectFacts facts) {
        String subject = facts.getSubject();
        RecordHeaders headers = new RecordHeaders();
        CloudEvents.set(
                headers,
                Topics.FACTS,
                Ids.digest("facts", subject, facts.getCorrelationId()),
                "modelwatch/changes",
                subject,
                facts.getChanges().getFirst().getObservedAt());
        byte[] value = serializer.serialize(topic, facts);
        producer.send(new ProducerRecord<>(topic, null, subject, value, headers), (metadata, error) -> {
            if (error != null) {
                failed.set(error);
            }
        });
        written++;
    }

    /** Returns when all has arrived. */
    void flush() {
        producer.flush();
        Exception error = failed.get();
        if (error != null) {
            throw new BenchException("the input could not be written: " + error);
        }
    }

    @Override
    public void close() {
        producer.close();
    }
}
