package io.modelwatch.alerts.drift;

import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertGroup;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.JudgedChange;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** How a group of alerts looks as one. */
final class AlertGroups {

    /** Alerts that are looked at to say how a group stands; how many there are is counted. */
    static final int MEMBERS = 1000;

    private static final int DEPLOYMENTS = 100;
    private static final int NAMED = 3;
    private static final int CHANGES = 10;

    /** The first is that in which a group is in which some alert is. */
    private static final List<AlertState> MOST_OPEN =
            List.of(AlertState.OPEN, AlertState.ACKNOWLEDGED, AlertState.SUPPRESSED);

    private AlertGroups() {}

    /**
     * Returns how a group stands.
     *
     * @param before how it stood, null where it begins
     * @param members its alerts that are not closed, in the order of their ids; at least one, at most {@link #MEMBERS}
     * @param alerts how many of them there are
     */
    static AlertGroup of(String id, GroupCause cause, @Nullable AlertGroup before, List<Alert> members, int alerts) {
        Alert gravest =
                members.stream().max(Comparator.comparing(Alert::getSeverity)).orElseThrow();
        TreeSet<String> deployments = new TreeSet<>();
        members.forEach(member -> deployments.add(member.getDeployment()));
        AlertState state = MOST_OPEN.stream()
                .filter(one -> members.stream().anyMatch(member -> member.getState() == one))
                .findFirst()
                .orElse(AlertState.OPEN);
        Alert.Builder parent = Alert.newBuilder(gravest)
                .setId(id)
                .setGroup(null)
                .setDeployment(words(deployments, alerts))
                .setVendor(common(members, Alert::getVendor))
                .setOwner(common(members, Alert::getOwner))
                .setVerdict(members.stream()
                        .map(Alert::getVerdict)
                        .max(Alerts.WORSE_VERDICT)
                        .orElseThrow())
                .setDisclosed(members.stream().allMatch(Alert::getDisclosed))
                .setKinds(members.stream()
                        .flatMap(member -> member.getKinds().stream())
                        .distinct()
                        .sorted()
                        .toList())
                .setState(state)
                .setAuthor(common(members, Alert::getAuthor))
                .setReason(common(members, Alert::getReason))
                .setSuppressedUntil(state == AlertState.SUPPRESSED ? gravest.getSuppressedUntil() : null)
                .setReopened(0)
                .setChanges(few(gravest.getChanges()))
                .setOpenedAt(before == null ? first(members) : before.getAlert().getOpenedAt())
                .setUpdatedAt(last(before, members));
        return AlertGroup.newBuilder()
                .setId(id)
                .setChange(cause.change())
                .setProcurementEvent(cause.procurementEvent())
                .setAlerts(alerts)
                .setPeak(Math.max(alerts, before == null ? 0 : before.getPeak()))
                .setDeployments(
                        new ArrayList<>(deployments.stream().limit(DEPLOYMENTS).toList()))
                .setAlert(parent.build())
                .build();
    }

    /**
     * Returns how a group ends whose last alert is closed, or belongs to another one now.
     *
     * @param last that alert, null where it belongs elsewhere
     */
    static AlertGroup closed(AlertGroup before, @Nullable Alert last) {
        Instant at = last == null ? before.getAlert().getUpdatedAt() : last.getUpdatedAt();
        Instant closedAt = at.isBefore(before.getAlert().getUpdatedAt())
                ? before.getAlert().getUpdatedAt()
                : at;
        Alert parent = Alert.newBuilder(before.getAlert())
                .setState(AlertState.CLOSED)
                .setClosedAt(closedAt)
                .setCloseReason(last == null ? "superseded" : last.getCloseReason())
                .setAuthor(last == null ? null : last.getAuthor())
                .setReason(last == null ? null : last.getReason())
                .setSuppressedUntil(null)
                .setNextStep(null)
                .setUpdatedAt(closedAt)
                .build();
        return AlertGroup.newBuilder(before)
                .setAlerts(0)
                .setDeployments(List.of())
                .setAlert(parent)
                .build();
    }

    private static String words(TreeSet<String> deployments, int alerts) {
        if (alerts == 1 && deployments.size() == 1) {
            return deployments.first();
        }
        // One deployment may have two alerts of one group: an approval that several of its changes relied on is gone.
        boolean all = alerts <= MEMBERS;
        String named = String.join(", ", deployments.stream().limit(NAMED).toList());
        return (all ? "" : "more than ")
                + deployments.size()
                + (deployments.size() == 1 ? " deployment: " : " deployments: ")
                + named
                + (deployments.size() > NAMED ? ", …" : "");
    }

    private static List<JudgedChange> few(List<JudgedChange> changes) {
        return changes.size() <= CHANGES ? changes : new ArrayList<>(changes.subList(0, CHANGES));
    }

    private static @Nullable String common(List<Alert> members, Function<Alert, @Nullable String> part) {
        String first = part.apply(members.getFirst());
        return members.stream().allMatch(member -> Objects.equals(part.apply(member), first)) ? first : null;
    }

    private static Instant first(List<Alert> members) {
        return members.stream()
                .map(Alert::getUpdatedAt)
                .min(Comparator.naturalOrder())
                .orElseThrow();
    }

    private static Instant last(@Nullable AlertGroup before, List<Alert> members) {
        return Stream.concat(
                        Stream.ofNullable(before).map(group -> group.getAlert().getUpdatedAt()),
                        members.stream().map(Alert::getUpdatedAt))
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }
}
