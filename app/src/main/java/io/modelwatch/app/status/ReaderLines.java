package io.modelwatch.app.status;

import io.modelwatch.app.role.Role;
import io.modelwatch.app.status.Groups.Member;
import io.modelwatch.app.status.Line.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is told of the roles that read topics, of their parts and instances. */
final class ReaderLines {

    private ReaderLines() {}

    /** Returns how a role is whose instances are known by what they read. */
    static Line role(Role role, List<Standing> standings) {
        Set<String> instances = new TreeSet<>();
        standings.forEach(one -> instances.addAll(one.instances()));
        Line line = instances.isEmpty()
                ? Line.wrong(Kind.ROLE, role.title(), "absent")
                        .detail("no instance runs it: start one, 'modelwatch run " + role.title() + "'")
                : Line.fine(Kind.ROLE, role.title(), "running");
        return line.with("instances", instances.size());
    }

    /**
     * Returns how a reader is.
     *
     * @param restoring records that instances which were asked have still to restore for it, or null where none restores
     */
    static Line reader(Standing one, @Nullable Long restoring) {
        Line line = state(one, restoring)
                .role(one.reader().role())
                .with("instances", one.instances().size())
                .with("partitions", one.partitions());
        if (one.known()) {
            line.with("lag", one.lag());
        }
        return restoring == null ? line : line.with("restoring", restoring);
    }

    private static Line state(Standing one, @Nullable Long restoring) {
        String name = one.reader().name();
        List<String> still = one.still();
        if (one.group().members().isEmpty()) {
            return Line.wrong(Kind.READER, name, "absent")
                    .detail("nobody reads as " + one.reader().group());
        }
        if (restoring != null) {
            return Line.fine(Kind.READER, name, "restoring").detail(restoring + " records left");
        }
        if (one.group().moving()) {
            return Line.fine(Kind.READER, name, "rebalancing").detail("its partitions are being shared out");
        }
        if (!still.isEmpty()) {
            return Line.wrong(Kind.READER, name, "stalled")
                    .detail("records wait and are not read by " + String.join(", ", still) + hint(name));
        }
        return Line.fine(Kind.READER, name, one.lag() > 0 ? "reading" : "up to date")
                .detail(one.known() ? null : "how far it is, only the database (database.url) says");
    }

    private static String hint(String name) {
        return name.startsWith("delivery ")
                ? ": 'modelwatch deliveries' says why"
                : ": its log says why; it may be killed, or restoring, which --instances tells";
    }

    /** Returns the instances of the roles, with what each reads of how many partitions. */
    static List<Line> instances(Collection<Standing> standings) {
        List<Line> lines = new ArrayList<>();
        for (Role role : Role.values()) {
            Map<String, Map<String, Integer>> read = new TreeMap<>();
            Map<String, String> hosts = new TreeMap<>();
            for (Standing one : standings) {
                if (one.reader().role() == role) {
                    for (Member member : one.group().members()) {
                        read.computeIfAbsent(member.instance(), any -> new TreeMap<>())
                                .merge(one.reader().name(), member.partitions().size(), Integer::sum);
                        hosts.put(member.instance(), member.host());
                    }
                }
            }
            read.forEach((instance, readers) -> lines.add(Line.fine(Kind.INSTANCE, instance, "member")
                    .role(role)
                    .with("host", hosts.get(instance))
                    .with(
                            "partitions",
                            readers.values().stream()
                                    .mapToInt(Integer::intValue)
                                    .sum())
                    .with("readers", readers)
                    .detail(readers.entrySet().stream()
                            .map(one -> one.getKey() + " " + one.getValue())
                            .collect(Collectors.joining(", ")))));
        }
        return lines;
    }
}
