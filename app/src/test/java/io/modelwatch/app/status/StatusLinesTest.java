package io.modelwatch.app.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.app.role.GroupReader;
import io.modelwatch.app.role.Role;
import io.modelwatch.app.status.Groups.Group;
import io.modelwatch.app.status.Groups.Member;
import io.modelwatch.app.status.Standing.Place;
import io.modelwatch.producers.shared.PollersDatabase;
import io.modelwatch.schemas.avro.SourceCondition;
import io.modelwatch.schemas.avro.SourceHealth;
import io.modelwatch.schemas.avro.SourceState;
import io.modelwatch.schemas.avro.SweepOutcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** What is said of what was seen; that it is seen, AccessIT shows. */
class StatusLinesTest {

    private static final Instant NOW = Instant.parse("2026-11-26T05:00:00Z");
    private static final TopicPartition P0 = new TopicPartition("observations", 0);
    private static final TopicPartition P1 = new TopicPartition("observations", 1);
    private static final GroupReader CHANGES = new GroupReader(
            "changes",
            Role.STREAMS,
            "modelwatch-changes",
            Set.of("observations"),
            Pattern.compile("changes-(.+)-\\d+"));
    private static final Member ONE = new Member("one", "10.0.0.1", Set.of(P0));
    private static final Member TWO = new Member("two", "10.0.0.2", Set.of(P1));

    @Test
    void aReaderWhoseRecordsMoveIsNotWrongHoweverManyWait() {
        Standing standing = standing(Map.of(P0, new Place(5, 9, 1000), P1, new Place(7, 8, 8)), ONE, TWO);
        assertThat(ReaderLines.reader(standing, null))
                .hasToString("{\"kind\":\"reader\",\"name\":\"changes\",\"state\":\"reading\",\"wrong\":false,"
                        + "\"role\":\"streams\",\"instances\":2,\"partitions\":2,\"lag\":991}");
    }

    @Test
    void anInstanceThatReadsNothingOfWhatWaitsForItStallsThoughTheOtherWorks() {
        Standing standing = standing(Map.of(P0, new Place(5, 9, 9), P1, new Place(7, 7, 8)), ONE, TWO);
        Line line = ReaderLines.reader(standing, null);
        assertThat(line.isWrong()).isTrue();
        assertThat(line.toString()).contains("\"state\":\"stalled\"", "\"lag\":1", "not read by two:");
    }

    @Test
    void onePartitionWaitsWhileAnotherOfTheSameInstanceIsRead() {
        Member both = new Member("one", "10.0.0.1", Set.of(P0, P1));
        Standing standing = standing(Map.of(P0, new Place(5, 9, 20), P1, new Place(7, 7, 8)), both);
        assertThat(standing.still()).isEmpty();
    }

    @Test
    void whatNobodyHasStallsToo() {
        assertThat(standing(Map.of(P1, new Place(7, 7, 8)), ONE).still()).containsExactly("nobody");
    }

    @Test
    void oneThatRestoresOrRebalancesIsSaidAndNotWrong() {
        Map<TopicPartition, Place> waiting = Map.of(P0, new Place(5, 5, 9));
        Line restoring = ReaderLines.reader(standing(waiting, ONE), 12L);
        assertThat(restoring.isWrong()).isFalse();
        assertThat(restoring.toString()).contains("\"state\":\"restoring\"", "\"restoring\":12", "\"lag\":4");
        Line moving = ReaderLines.reader(new Standing(CHANGES, new Group(true, List.of(ONE)), waiting, true), null);
        assertThat(moving.isWrong()).isFalse();
        assertThat(moving.state()).isEqualTo("rebalancing");
    }

    @Test
    void aRoleWithoutInstanceIsWrongAndSoIsEachOfItsReaders() {
        Standing nobody = new Standing(CHANGES, Group.NOBODY, Map.of(), true);
        assertThat(ReaderLines.reader(nobody, null).toString()).contains("\"state\":\"absent\",\"wrong\":true");
        assertThat(ReaderLines.role(Role.STREAMS, List.of(nobody)).toString())
                .contains("\"state\":\"absent\",\"wrong\":true", "\"instances\":0", "modelwatch run streams");
        assertThat(ReaderLines.role(Role.STREAMS, List.of(nobody, standing(Map.of(), ONE)))
                        .isWrong())
                .isFalse();
    }

    @Test
    void howFarIsNotGuessedWhereItIsNotKnown() {
        Line line = ReaderLines.reader(new Standing(CHANGES, new Group(false, List.of(ONE)), Map.of(), false), null);
        assertThat(line.isWrong()).isFalse();
        assertThat(line.form().has("lag")).isFalse();
        assertThat(line.toString()).contains("database.url");
    }

    @Test
    void anInstanceIsOneLineWithAllThatItReads() {
        assertThat(CHANGES.instance("changes-6f9b-12-1")).isEqualTo("6f9b-12");
        GroupReader mbom = new GroupReader("mbom", Role.STREAMS, "g", Set.of(), Pattern.compile("(.*)"));
        assertThat(ReaderLines.instances(List.of(
                        standing(Map.of(), ONE, TWO),
                        new Standing(mbom, new Group(false, List.of(ONE)), Map.of(), true))))
                .extracting(Line::toString)
                .satisfiesExactly(
                        line -> assertThat(line)
                                .contains("\"name\":\"one\"", "\"partitions\":2", "{\"changes\":1,\"mbom\":1}"),
                        line -> assertThat(line).contains("\"name\":\"two\"", "\"host\":\"10.0.0.2\""));
    }

    @Test
    void pollersAreKnownByTheDatabaseElseByTheirTicks() {
        Duration every = Duration.ofSeconds(10);
        Instant fresh = NOW.minusSeconds(4);
        Instant old = NOW.minusSeconds(60);
        PollersDatabase.Member there = new PollersDatabase.Member("one", fresh, 3, false);
        PollersDatabase.Member gone = new PollersDatabase.Member("two", old, 1, true);

        assertThat(PollerLines.of(List.of(there, gone), every, fresh, NOW))
                .extracting(Line::toString)
                .satisfiesExactly(
                        role -> assertThat(role).contains("\"running\",\"wrong\":false", "\"instances\":1"),
                        one -> assertThat(one).contains("\"name\":\"one\",\"state\":\"member\"", "\"sources\":3"),
                        two -> assertThat(two).contains("\"name\":\"two\",\"state\":\"missed\"", "60 s ago"));
        assertThat(PollerLines.of(List.of(there), every, old, NOW).getFirst().state())
                .isEqualTo("not ticking");
        assertThat(PollerLines.of(null, every, fresh, NOW)).singleElement().satisfies(role -> {
            assertThat(role.isWrong()).isFalse();
            assertThat(role.form().has("instances")).isFalse();
        });
        for (Instant tick : new Instant[] {old, null}) {
            Line role = PollerLines.of(List.of(gone), every, tick, NOW).getFirst();
            assertThat(role.isWrong()).isTrue();
            assertThat(role.state()).isEqualTo("absent");
        }
    }

    @Test
    void onlyABlindSourceIsWrong() {
        assertThat(SourceLines.of(
                        List.of(
                                source("b", SourceState.PARTIAL, SourceCondition.STALE),
                                source("c", SourceState.STARTING, SourceCondition.UNKNOWN),
                                source("a", SourceState.BLIND, SourceCondition.BLIND)),
                        NOW))
                .extracting(line -> line.name() + " " + line.state() + " " + line.isWrong())
                .containsExactly("a blind true", "b stale false", "c starting false");
    }

    @Test
    void anInstanceThatRestoresSaysSoAndOneInTroubleIsWrong() {
        String metrics = """
                modelwatch_topology_restore_records{topology="mbom"} 1.2E3
                modelwatch_topology_restore_records{topology="changes"} 0.0
                """;
        HealthProbe.Answer restoring = HealthProbe.answer(
                "http://a", 503, "{\"state\":\"restoring\",\"detail\":\"restoring; topology mbom\"}", metrics);
        assertThat(restoring.restoring()).containsExactly(Map.entry("mbom", 1200L));
        assertThat(restoring.line().isWrong()).isFalse();
        assertThat(restoring.line().toString()).contains("\"restoring\":{\"mbom\":1200}");

        assertThat(HealthProbe.answer("http://a", 200, "ready\n", null).line().state())
                .isEqualTo("ready");
        assertThat(HealthProbe.answer("http://a", 503, "{\"state\":\"dead\"}", null)
                        .line()
                        .isWrong())
                .isTrue();
        assertThat(HealthProbe.answer("http://api", 503, "{\"detail\":\"history: no database\"}", null)
                        .line())
                .satisfies(line -> assertThat(line.toString()).contains("\"troubled\",\"wrong\":true", "no database"));
        assertThat(HealthProbe.answer("http://api", 404, "", null).line().isWrong())
                .isTrue();
    }

    /** That page is made of the metrics themselves. */
    @Test
    void theMetricThatIsReadIsOneThatIsGiven() throws IOException {
        assertThat(Files.readString(Path.of("../docs/metrics.md")))
                .contains("| `modelwatch_topology_restore_records` | records | topology |");
    }

    private static Standing standing(Map<TopicPartition, Place> places, Member... members) {
        return new Standing(CHANGES, new Group(false, List.of(members)), places, true);
    }

    private static SourceHealth source(String name, SourceState state, SourceCondition condition) {
        return SourceHealth.newBuilder()
                .setSource(name)
                .setType("huggingface")
                .setState(state)
                .setCondition(condition)
                .setOutcome(SweepOutcome.FAILED)
                .setSince(NOW)
                .setAt(NOW)
                .build();
    }
}
