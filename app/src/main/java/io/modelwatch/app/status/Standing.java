package io.modelwatch.app.status;

import io.modelwatch.app.role.GroupReader;
import io.modelwatch.app.status.Groups.Group;
import io.modelwatch.app.status.Groups.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;

/**
 * How far a reader is.
 *
 * @param reader which one
 * @param group who reads
 * @param places how far, by partition where records wait, or waited when it was first looked at
 * @param known whether it is known how far it is: the history's place is in the database
 */
record Standing(GroupReader reader, Group group, Map<TopicPartition, Place> places, boolean known) {

    /**
     * How far a partition is read.
     *
     * @param first next offset to be read when it was first looked at
     * @param reached next offset to be read by now
     * @param end end of the partition when it was first looked at
     */
    record Place(long first, long reached, long end) {
        /** Returns what waits; marks of transactions among records count as records. */
        long left() {
            return Math.max(0, end - reached);
        }

        boolean moved() {
            return reached > first;
        }
    }

    /** Copies the map. */
    Standing {
        places = Map.copyOf(places);
    }

    /** Returns how many records wait. */
    long lag() {
        return places.values().stream().mapToLong(Place::left).sum();
    }

    /** Returns how many partitions are shared out among its members. */
    int partitions() {
        return group.members().stream().mapToInt(one -> one.partitions().size()).sum();
    }

    /** Returns who reads, each once. */
    Set<String> instances() {
        return group.members().stream().map(Member::instance).collect(Collectors.toCollection(TreeSet::new));
    }

    /**
     * Returns those of its members for which records wait on some partition, and who have read on of none; in a word for
     * whom nobody has what waits.
     */
    List<String> still() {
        List<String> still = new ArrayList<>();
        for (Member member : group.members()) {
            if (still(member.partitions())) {
                still.add(member.instance());
            }
        }
        Set<TopicPartition> nobodys = places.keySet().stream()
                .filter(one -> group.members().stream()
                        .noneMatch(member -> member.partitions().contains(one)))
                .collect(Collectors.toSet());
        if (still(nobodys)) {
            still.add("nobody");
        }
        return still;
    }

    /** One that has many reads of one after the other, so that some wait while it works. */
    private boolean still(Set<TopicPartition> partitions) {
        List<Place> theirs =
                partitions.stream().filter(places::containsKey).map(places::get).toList();
        return theirs.stream().anyMatch(place -> place.left() > 0)
                && theirs.stream().noneMatch(Place::moved);
    }
}
