package io.modelwatch.app.status;

import io.modelwatch.app.platform.PlatformException;
import io.modelwatch.app.platform.TopicsAdmin;
import io.modelwatch.app.role.GroupReader;
import io.modelwatch.app.role.InstanceConfig;
import io.modelwatch.app.role.LetterReader;
import io.modelwatch.app.role.Peeker;
import io.modelwatch.app.role.Role;
import io.modelwatch.app.status.Groups.Group;
import io.modelwatch.app.status.Groups.Member;
import io.modelwatch.app.status.Line.Kind;
import io.modelwatch.app.status.Standing.Place;
import io.modelwatch.history.HistorySink;
import io.modelwatch.history.api.Intake;
import io.modelwatch.history.api.Letters;
import io.modelwatch.producers.shared.PollersDatabase;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.SourceHealth;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a pipeline from outside. What is not asked, or does not answer, is a line of its own and is not guessed; only
 * without Kafka there is nothing to tell.
 */
public final class Status {

    /** Dead letters are news for so long. */
    private static final Duration RECENT = Duration.ofHours(1);

    private static final Duration PAUSE = Duration.ofMillis(200);

    private static final Duration TICK_EVERY = Duration.ofSeconds(10);

    private final InstanceConfig config;
    private final KafkaConnection kafka;
    private final AvroSerdes serdes;
    private final @Nullable DataSource database;
    private final Set<Role> roles;
    private final List<Line> lines = new ArrayList<>();
    private @Nullable String databaseTrouble;

    private Status(InstanceConfig config, AvroSerdes serdes, Set<Role> roles) {
        this.config = config;
        this.kafka = config.kafka();
        this.serdes = serdes;
        this.database = config.database();
        this.roles = Set.copyOf(roles);
    }

    /**
     * Looks, and returns what is to be told: roles, their parts, instances, sources, dead letters.
     *
     * @param config as the instances have it
     * @param roles that should run
     * @param instances addresses of health listeners or APIs to ask
     * @param patience how long a reader for which records wait may take to read on before that is said to be wrong
     * @throws PlatformException if Kafka does not answer, or refuses
     */
    public static List<Line> of(
            InstanceConfig config, AvroSerdes serdes, Set<Role> roles, List<String> instances, Duration patience)
            throws InterruptedException {
        Status status = new Status(config, serdes, roles);
        List<HealthProbe.Answer> answers = HealthProbe.ask(instances);
        Map<String, Long> restoring = new HashMap<>();
        answers.forEach(one -> one.restoring().forEach((topology, left) -> restoring.merge(topology, left, Long::sum)));
        status.readers(restoring, patience);
        answers.forEach(one -> status.lines.add(one.line()));
        if (instances.isEmpty()) {
            status.lines.add(Line.fine(Kind.HEALTH, "instances", "not asked")
                    .detail("whether any restores, they say themselves: --instances URL,…"));
        }
        status.told();
        return List.copyOf(status.lines);
    }

    private void readers(Map<String, Long> restoring, Duration patience) {
        List<GroupReader> readers = GroupReader.of(config).stream()
                .filter(one -> roles.contains(one.role()))
                .toList();
        List<Line> pollers = new ArrayList<>();
        List<Standing> standings = TopicsAdmin.ask(kafka, "see who reads the topics", admin -> {
            Groups groups = new Groups(admin);
            if (roles.contains(Role.POLLERS)) {
                pollers.addAll(pollers(groups));
            }
            return follow(groups, readers, restoring.keySet(), patience);
        });
        pollers.stream().filter(one -> one.kind() == Kind.ROLE).forEach(lines::add);
        roles.stream()
                .filter(role -> role != Role.POLLERS)
                .sorted()
                .forEach(role -> lines.add(ReaderLines.role(
                        role,
                        standings.stream()
                                .filter(one -> one.reader().role() == role)
                                .toList())));
        standings.forEach(one ->
                lines.add(ReaderLines.reader(one, restoring.get(one.reader().name()))));
        pollers.stream().filter(one -> one.kind() == Kind.INSTANCE).forEach(lines::add);
        lines.addAll(ReaderLines.instances(standings));
        if (databaseTrouble != null) {
            lines.add(Line.wrong(Kind.PLATFORM, "database", "unreachable").detail(databaseTrouble));
        }
    }

    private List<Line> pollers(Groups groups) throws ExecutionException, InterruptedException {
        List<PollersDatabase.Member> members = null;
        if (database != null) {
            try {
                members = PollersDatabase.members(database, kafka.topics().prefix(), Instant.now());
            } catch (SQLException e) {
                databaseTrouble = e.getMessage();
            }
        }
        String ticks = kafka.topics().name(Topics.TICKS);
        Set<TopicPartition> partitions = groups.partitions(Set.of(ticks)).getOrDefault(ticks, Set.of());
        return PollerLines.of(
                members,
                config.tickEvery() == null ? TICK_EVERY : config.tickEvery(),
                partitions.isEmpty() ? null : groups.lastWritten(partitions),
                Instant.now());
    }

    /** Looks again and again at those for whom records wait, until each has read on. */
    private List<Standing> follow(Groups groups, List<GroupReader> readers, Set<String> restoring, Duration patience)
            throws ExecutionException, InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        try (Peeker peeker = new Peeker(kafka)) {
            List<Standing> standings = first(groups, readers, peeker);
            while (standings.stream().anyMatch(one -> isOpen(one, restoring)) && System.nanoTime() < deadline) {
                TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
                List<Standing> again = new ArrayList<>();
                for (Standing one : standings) {
                    again.add(isOpen(one, restoring) ? again(groups, one, peeker) : one);
                }
                standings = again;
            }
            return standings;
        }
    }

    /** Returns whether a further look may show something else. */
    private static boolean isOpen(Standing one, Set<String> restoring) {
        return !one.group().members().isEmpty()
                && !one.group().moving()
                && !restoring.contains(one.reader().name())
                && !one.still().isEmpty();
    }

    private List<Standing> first(Groups groups, List<GroupReader> readers, Peeker peeker)
            throws ExecutionException, InterruptedException {
        Map<GroupReader, Group> described = groups.describe(readers);
        Map<String, Set<TopicPartition>> topics = groups.partitions(
                readers.stream().flatMap(one -> one.topics().stream()).collect(Collectors.toSet()));
        Map<GroupReader, Map<TopicPartition, Long>> reached = new HashMap<>();
        Map<GroupReader, Set<TopicPartition>> read = new HashMap<>();
        Set<TopicPartition> all = new HashSet<>();
        for (GroupReader reader : readers) {
            Map<TopicPartition, Long> places = reached(groups, reader);
            Set<TopicPartition> theirs = new HashSet<>();
            reader.topics().forEach(topic -> theirs.addAll(topics.getOrDefault(topic, Set.of())));
            for (Member member : Objects.requireNonNull(described.get(reader)).members()) {
                theirs.addAll(member.partitions());
            }
            if (places != null) {
                reached.put(reader, places);
                if (theirs.isEmpty()) {
                    theirs.addAll(places.keySet());
                }
            }
            read.put(reader, theirs);
            all.addAll(theirs);
        }
        Map<TopicPartition, Long> beginnings = groups.beginnings(all);
        Map<TopicPartition, Long> ends = groups.ends(all);
        List<Standing> standings = new ArrayList<>();
        for (GroupReader reader : readers) {
            Map<TopicPartition, Long> theirs = reached.get(reader);
            Map<TopicPartition, Place> places = new HashMap<>();
            if (theirs != null) {
                for (TopicPartition partition : read.getOrDefault(reader, Set.of())) {
                    long at = Math.max(theirs.getOrDefault(partition, 0L), beginnings.getOrDefault(partition, 0L));
                    Place place = new Place(at, at, ends.getOrDefault(partition, 0L));
                    if (waits(partition, place, peeker)) {
                        places.put(partition, place);
                    }
                }
            }
            standings.add(new Standing(reader, Objects.requireNonNull(described.get(reader)), places, theirs != null));
        }
        return standings;
    }

    private Standing again(Groups groups, Standing before, Peeker peeker)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, Long> reached = reached(groups, before.reader());
        Map<TopicPartition, Place> places = new HashMap<>();
        before.places().forEach((partition, place) -> {
            long at = reached == null ? place.reached() : reached.getOrDefault(partition, place.reached());
            Place now = new Place(place.first(), Math.max(at, place.reached()), place.end());
            if (now.moved() || waits(partition, now, peeker)) {
                places.put(partition, now);
            }
        });
        return new Standing(before.reader(), before.group(), places, before.known());
    }

    private static boolean waits(TopicPartition partition, Place place, Peeker peeker) {
        return place.left() > 0 && !peeker.isEmptyBetween(partition, place.reached(), place.end());
    }

    /** Returns how far a reader is, by partition; null where that cannot be known. */
    private @Nullable Map<TopicPartition, Long> reached(Groups groups, GroupReader reader)
            throws ExecutionException, InterruptedException {
        if (!reader.name().equals(GroupReader.HISTORY)) {
            return groups.committed(reader.group());
        }
        if (database == null || databaseTrouble != null) {
            return null;
        }
        try {
            return HistorySink.nextOffsets(database);
        } catch (SQLException e) {
            databaseTrouble = e.getMessage();
            return null;
        }
    }

    /** Adds what the topics tell. */
    private void told() {
        try (LetterReader reader = new LetterReader(kafka)) {
            if (roles.contains(Role.POLLERS)) {
                sources(reader);
            }
            letters(reader);
        }
    }

    private void sources(LetterReader reader) {
        String topic = kafka.topics().name(Topics.SOURCES);
        Map<String, SourceHealth> sources = new TreeMap<>();
        try {
            Deserializer<SourceHealth> deserializer = serdes.of(Topics.SOURCES).deserializer();
            reader.read(reader.beginnings(reader.partitions(topic)), record -> {
                String key = new String(record.key(), StandardCharsets.UTF_8);
                if (record.value() == null) {
                    sources.remove(key);
                } else {
                    sources.put(key, deserializer.deserialize(topic, record.value()));
                }
                return true;
            });
            lines.addAll(SourceLines.of(sources.values(), Instant.now()));
        } catch (KafkaException | Intake.UnavailableException e) {
            lines.add(Line.wrong(Kind.SOURCE, "sources", "not known").detail(e.getMessage()));
        }
    }

    private void letters(LetterReader reader) {
        Instant since = Instant.now().minus(RECENT);
        try {
            NavigableMap<String, LetterReader.Found> found =
                    reader.find(new Letters.Filter(null, null, since, null, false));
            Map<String, Integer> topics = new TreeMap<>();
            found.values().forEach(one -> topics.merge(one.letter().topic(), 1, Integer::sum));
            Line line = found.isEmpty()
                    ? Line.fine(Kind.DEAD_LETTERS, "last hour", "none")
                    : Line.wrong(Kind.DEAD_LETTERS, "last hour", "some")
                            .detail(found.size() + " records were put aside: 'modelwatch dead-letters --since 1h'");
            lines.add(line.with("count", found.size()).with("topics", topics));
        } catch (KafkaException | Intake.UnavailableException e) {
            lines.add(Line.wrong(Kind.DEAD_LETTERS, "last hour", "not known").detail(e.getMessage()));
        }
    }
}
