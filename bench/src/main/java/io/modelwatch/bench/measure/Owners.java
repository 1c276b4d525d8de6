package io.modelwatch.bench.measure;

import io.modelwatch.app.role.StreamsRunner;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topic;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;

/** Which instance has which partitions of a topic, as the broker tells it. */
public final class Owners {

    private static final Duration LOOK = Duration.ofMillis(200);

    private final Admin admin;
    private final KafkaConnection kafka;
    private final String topology;
    private final Topic<?> topic;

    /**
     * @param topology whose members are meant
     * @param topic one of those that it reads
     */
    public Owners(Admin admin, KafkaConnection kafka, String topology, Topic<?> topic) {
        this.admin = admin;
        this.kafka = kafka;
        this.topology = topology;
        this.topic = topic;
    }

    /** Returns the partitions that a process has just now; none while they are shared out anew. */
    public Set<Integer> of(RoleProcess process) throws IOException, ExecutionException, InterruptedException {
        ConsumerGroupDescription group = describe();
        return group.groupState() == GroupState.STABLE ? of(group, process) : Set.of();
    }

    /**
     * Waits until they are shared out evenly.
     *
     * @throws BenchException if it takes longer than the limit
     */
    public void awaitEven(List<RoleProcess> processes, Duration limit)
            throws IOException, ExecutionException, InterruptedException {
        int least = topic.partitions() / processes.size();
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            ConsumerGroupDescription group = describe();
            Map<String, Integer> shares = new HashMap<>();
            for (RoleProcess process : processes) {
                shares.put(process.instance(), of(group, process).size());
            }
            int all = shares.values().stream().mapToInt(one -> one).sum();
            if (group.groupState() == GroupState.STABLE
                    && all == topic.partitions()
                    && shares.values().stream().allMatch(share -> share >= least)) {
                return;
            }
            if (System.nanoTime() > deadline) {
                throw new BenchException("the partitions of " + topic.entity() + " are not shared out evenly after "
                        + limit + ": " + shares.values() + ", the group is " + group.groupState());
            }
            LockSupport.parkNanos(LOOK.toNanos());
        }
    }

    private ConsumerGroupDescription describe() throws ExecutionException, InterruptedException {
        String group = StreamsRunner.applicationId(kafka.topics(), topology);
        return admin.describeConsumerGroups(List.of(group))
                .all()
                .get()
                .values()
                .iterator()
                .next();
    }

    private Set<Integer> of(ConsumerGroupDescription group, RoleProcess process) throws IOException {
        String instance = process.instance();
        Set<Integer> partitions = new TreeSet<>();
        for (MemberDescription member : group.members()) {
            if (member.groupInstanceId().orElse("").contains(instance)) {
                member.assignment().topicPartitions().stream()
                        .filter(one -> one.topic().equals(kafka.topics().name(topic)))
                        .map(TopicPartition::partition)
                        .forEach(partitions::add);
            }
        }
        return partitions;
    }
}
