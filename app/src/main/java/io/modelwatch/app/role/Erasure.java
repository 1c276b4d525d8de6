package io.modelwatch.app.role;

import io.modelwatch.alerts.delivery.Deliveries;
import io.modelwatch.app.platform.PlatformException;
import io.modelwatch.history.HistorySink;
import io.modelwatch.producers.telemetry.CollectorReader;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.SchemaRegistry;
import io.modelwatch.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.common.KafkaException;

/**
 * What a role, or all of modelwatch, has left in a Kafka and beside it, to be deleted. It is found by exact name: what
 * others keep under the same prefix stays.
 *
 * @param topics topics to delete
 * @param groups consumer groups to delete, and with them how far each has come
 * @param subjects registry subjects to delete
 * @param directories local stores to delete
 * @param cursors whether the pollers are to forget where they were
 */
public record Erasure(
        List<String> topics, List<String> groups, List<String> subjects, List<Path> directories, boolean cursors) {

    /** Copies the lists. */
    public Erasure {
        topics = List.copyOf(topics);
        groups = List.copyOf(groups);
        subjects = List.copyOf(subjects);
        directories = List.copyOf(directories);
    }

    /** Returns what makes a role begin anew: what it has read and what it holds, not what it has written. */
    public static Erasure ofRole(KafkaConnection kafka, Path dataDir, Role role) {
        return ask(kafka, admin -> switch (role) {
            case STREAMS, ALERTS -> topologies(kafka, admin, dataDir, RoleTopology.of(role));
            case HISTORY ->
                throw new PlatformException(
                        "the history is made anew by 'modelwatch history rebuild', which loses no row");
            case POLLERS -> new Erasure(List.of(), List.of(), List.of(), List.of(), true);
        });
    }

    /** Returns everything that modelwatch has in a Kafka and a registry; the history in PostgreSQL stays. */
    public static Erasure ofAll(KafkaConnection kafka, Path dataDir) {
        return ask(kafka, admin -> {
            Erasure topologies = topologies(kafka, admin, dataDir, List.of(RoleTopology.values()));
            Set<String> there = admin.listTopics().names().get();
            List<String> topics = new ArrayList<>(topologies.topics());
            Topics.all().stream()
                    .map(kafka.topics()::name)
                    .filter(there::contains)
                    .forEach(topics::add);
            List<String> groups = new ArrayList<>(topologies.groups());
            groups.addAll(
                    present(admin, Set.of(HistorySink.group(kafka.topics()), CollectorReader.group(kafka.topics()))));
            String deliveries = Deliveries.group(kafka.topics(), "");
            groups(admin).stream().filter(group -> group.startsWith(deliveries)).forEach(groups::add);
            List<String> subjects = Topics.all().stream()
                    .filter(topic -> topic.valueType() != null)
                    .map(kafka.topics()::registrySubject)
                    .toList();
            return new Erasure(topics, groups, subjects, topologies.directories(), false);
        });
    }

    private static Erasure topologies(KafkaConnection kafka, Admin admin, Path dataDir, List<RoleTopology> these)
            throws ExecutionException, InterruptedException {
        List<String> groups = these.stream().map(one -> one.group(kafka)).toList();
        List<String> internal = admin.listTopics().names().get().stream()
                .filter(topic -> groups.stream().anyMatch(group -> isInternal(topic, group)))
                .sorted()
                .toList();
        List<Path> directories = groups.stream()
                .map(group -> InstanceConfig.stateDir(dataDir).resolve(group))
                .filter(Files::isDirectory)
                .toList();
        return new Erasure(internal, present(admin, Set.copyOf(groups)), List.of(), directories, false);
    }

    /** As Kafka Streams names the topics of its stores. */
    private static boolean isInternal(String topic, String group) {
        return topic.startsWith(group + "-") && (topic.endsWith("-changelog") || topic.endsWith("-repartition"));
    }

    private static Set<String> groups(Admin admin) throws ExecutionException, InterruptedException {
        return admin.listGroups().all().get().stream()
                .map(GroupListing::groupId)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<String> present(Admin admin, Set<String> wanted)
            throws ExecutionException, InterruptedException {
        return groups(admin).stream().filter(wanted::contains).toList();
    }

    /** Returns whether there is nothing to delete. */
    public boolean isEmpty() {
        return topics.isEmpty() && groups.isEmpty() && subjects.isEmpty() && directories.isEmpty() && !cursors;
    }

    /**
     * Deletes it.
     *
     * @throws PlatformException if somebody still uses it: nothing was deleted then; or if something cannot be deleted,
     *     and then the same command goes on where this one ended
     */
    public void run(KafkaConnection kafka, SchemaRegistry registry) {
        ask(kafka, admin -> {
            requireIdle(admin);
            if (cursors) {
                Cursors.forget(kafka);
            }
            admin.deleteConsumerGroups(groups).all().get();
            admin.deleteTopics(topics).all().get();
            for (Path directory : directories) {
                delete(directory);
            }
            subjects.forEach(registry::delete);
            return true;
        });
    }

    private void requireIdle(Admin admin) throws ExecutionException, InterruptedException {
        List<String> busy = new ArrayList<>();
        admin.describeConsumerGroups(groups).all().get().forEach((group, described) -> {
            if (!described.members().isEmpty()) {
                busy.add(group);
            }
        });
        if (!busy.isEmpty()) {
            throw new PlatformException("nothing was deleted: " + String.join(", ", busy)
                    + " still read; stop every instance that runs these roles, and wait until they are gone");
        }
    }

    private static void delete(Path directory) throws IOException {
        List<Path> all;
        try (Stream<Path> walk = Files.walk(directory)) {
            all = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.delete(path);
        }
    }

    private interface Work<T> {
        T of(Admin admin) throws ExecutionException, InterruptedException, IOException;
    }

    private static <T> T ask(KafkaConnection kafka, Work<T> work) {
        try (Admin admin = Admin.create(kafka.clientProperties())) {
            return work.of(admin);
        } catch (ExecutionException | KafkaException | IOException e) {
            Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
            throw new PlatformException(
                    "cannot delete all of it: " + cause.getClass().getSimpleName() + " " + cause.getMessage()
                            + "; put that right and do it again: it goes on where it ended",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PlatformException("interrupted: not all was deleted; do it again", e);
        }
    }
}
