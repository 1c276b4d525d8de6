package io.modelwatch.alerts.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.alerts.delivery.destination.Message;
import io.modelwatch.alerts.delivery.destination.Samples;
import io.modelwatch.alerts.drift.Ocsf;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.FakeSchemaRegistry;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertGroup;
import io.modelwatch.schemas.avro.Verdict;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class ReaderTest {

    private static final Topics TOPICS = new Topics("test");
    private static final String GROUP = "0123456789abcdef";

    private final AvroSerdes serdes = new AvroSerdes(new FakeSchemaRegistry());
    private final Alert member =
            Alert.newBuilder(Samples.alert()).setGroup(GROUP).build();
    private final AlertGroup group = AlertGroup.newBuilder()
            .setId(GROUP)
            .setAlerts(2)
            .setAlert(Alert.newBuilder(Samples.alert())
                    .setId(GROUP)
                    .setDeployment("2 deployments: a, b")
                    .build())
            .build();

    @Test
    void aGroupGoesOutInThePlaceOfItsAlerts() {
        Reader reader = reader(true, Topics.ALERTS);

        assertThat(reader.read(record(Topics.ALERTS, member))).isNull();
        assertThat(reader.read(record(Topics.ALERTS, Samples.alert()))).isInstanceOf(Message.OfAlert.class);
        assertThat(reader.read(record(Topics.ALERT_GROUPS, group)))
                .isInstanceOfSatisfying(Message.OfAlert.class, message -> {
                    assertThat(message.alert().getId()).isEqualTo(GROUP);
                    assertThat(message.alert().getDeployment()).isEqualTo("2 deployments: a, b");
                });
    }

    @Test
    void aSiemThatTakesFindingsGetsTheGroupAsOne() {
        Reader reader = reader(true, Topics.ALERTS_OCSF);

        assertThat(reader.read(raw(Topics.ALERTS_OCSF, Ocsf.finding(member, true, "e"))))
                .isNull();
        assertThat(reader.read(raw(Topics.ALERTS_OCSF, Ocsf.finding(Samples.alert(), true, "e"))))
                .isInstanceOf(Message.OfFinding.class);
        assertThat(reader.read(record(Topics.ALERT_GROUPS, group)))
                .isInstanceOfSatisfying(
                        Message.OfFinding.class,
                        message -> assertThat(message.finding()
                                        .path("finding_info")
                                        .path("uid")
                                        .asString())
                                .isEqualTo(GROUP));
    }

    @Test
    void whoWantsEveryAlertGetsThem() {
        assertThat(reader(false, Topics.ALERTS).read(record(Topics.ALERTS, member)))
                .isInstanceOf(Message.OfAlert.class);
        assertThat(reader(false, Topics.ALERTS_OCSF).read(raw(Topics.ALERTS_OCSF, Ocsf.finding(member, true, "e"))))
                .isInstanceOf(Message.OfFinding.class);
    }

    @Test
    void whateverIsReadSaysByWhichObservationItCameToBe() {
        Message.OfVerdict verdict = Samples.verdict(Verdict.UNAPPROVED, true);

        assertThat(reader(false, Topics.ALERTS).read(record(Topics.ALERTS, Samples.alert())))
                .returns("c0ffee", Message::correlationId);
        assertThat(reader(false, Topics.ALERTS_OCSF)
                        .read(raw(Topics.ALERTS_OCSF, Ocsf.finding(Samples.alert(), true, "e"))))
                .returns("c0ffee", Message::correlationId);
        assertThat(reader(false, Topics.VERDICTS).read(record(Topics.VERDICTS, verdict.verdict())))
                .returns("c0ffee", Message::correlationId);
    }

    private Reader reader(boolean grouped, Topic<?> wanted) {
        return new Reader(TOPICS, serdes, grouped, Set.of(wanted));
    }

    private <V extends SpecificRecord> ConsumerRecord<byte[], byte[]> record(Topic<V> topic, V value) {
        return raw(topic, serdes.of(topic).serializer().serialize(TOPICS.name(topic), value));
    }

    private static ConsumerRecord<byte[], byte[]> raw(Topic<?> topic, byte[] value) {
        ConsumerRecord<byte[], byte[]> record =
                new ConsumerRecord<>(TOPICS.name(topic), 0, 0, GROUP.getBytes(UTF_8), value);
        record.headers().add("ce_id", "e".getBytes(UTF_8));
        return record;
    }
}
