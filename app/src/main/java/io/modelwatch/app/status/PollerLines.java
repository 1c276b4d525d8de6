package io.modelwatch.app.status;

import io.modelwatch.app.role.Role;
import io.modelwatch.app.status.Line.Kind;
import io.modelwatch.producers.shared.PollersDatabase.Member;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is told of the pollers, who read no topic as a group: the database knows them, and their ticks tell of them. */
final class PollerLines {

    /** So many ticks may be missing before nobody is said to tick: one may be late by a pause or a restart. */
    private static final int TICKS = 3;

    private static final Duration SLACK = Duration.ofSeconds(5);

    private PollerLines() {}

    /**
     * Returns how the role is, and then its instances.
     *
     * @param members who is in the database; null where it was not asked, does not answer or has never been used
     * @param tickEvery time between two ticks
     * @param lastTick when somebody last ticked, or null where that is not known
     */
    static List<Line> of(@Nullable List<Member> members, Duration tickEvery, @Nullable Instant lastTick, Instant now) {
        boolean ticks = lastTick != null
                && lastTick.plus(tickEvery.multipliedBy(TICKS)).plus(SLACK).isAfter(now);
        String ticked = lastTick == null ? "nobody has ticked" : "last tick " + ago(lastTick, now);
        List<Member> there = members == null
                ? List.of()
                : members.stream().filter(one -> !one.overdue()).toList();
        List<Line> lines = new ArrayList<>();
        if (!there.isEmpty()) {
            lines.add((ticks
                            ? Line.fine(Kind.ROLE, Role.POLLERS.title(), "running")
                            : Line.wrong(Kind.ROLE, Role.POLLERS.title(), "not ticking"))
                    .with("instances", there.size())
                    .detail(ticked));
        } else if (ticks) {
            lines.add(Line.fine(Kind.ROLE, Role.POLLERS.title(), "running")
                    .detail(ticked + "; how many there are is not known without a database that they share"));
        } else {
            lines.add(Line.wrong(Kind.ROLE, Role.POLLERS.title(), "absent")
                    .with("instances", 0)
                    .detail("no instance runs it, " + ticked + ": start one, 'modelwatch run pollers'"));
        }
        for (Member member : members == null ? List.<Member>of() : members) {
            lines.add(Line.fine(Kind.INSTANCE, member.name(), member.overdue() ? "missed" : "member")
                    .role(Role.POLLERS)
                    .with("sources", member.sources())
                    .with("seenAt", member.seenAt().toString())
                    .detail((member.overdue() ? "others take its sources; " : "") + "it last said that it is there "
                            + ago(member.seenAt(), now)));
        }
        return lines;
    }

    static String ago(Instant then, Instant now) {
        Duration age = Duration.between(then, now);
        if (age.toMinutes() < 2) {
            return Math.max(0, age.toSeconds()) + " s ago";
        }
        if (age.toHours() < 2) {
            return age.toMinutes() + " min ago";
        }
        return age.toDays() < 2 ? age.toHours() + " h ago" : age.toDays() + " d ago";
    }
}
