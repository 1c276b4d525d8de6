package io.modelwatch.producers.shared;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.quartz.TriggerKey;
import org.quartz.impl.jdbcjobstore.PostgreSQLDelegate;

/**
 * Gives an instance what it is configured for, and of that first what it swept before: whoever comes new to a source must
 * read where it was, and knows nothing of what the other held in memory. Public, since Quartz makes it by reflection.
 *
 * <p>An instance takes another's source if that instance is gone, is not configured for it in the words that count now, has
 * more than its share, or lets it wait.
 */
public final class OwnerDelegate extends PostgreSQLDelegate {

    /** Jobs that have no state and belong to whoever comes first. */
    static final String ANYBODYS = "clock";

    /**
     * An owner that has not taken a sweep this long after it was due does not ask: it is paused, slow or cut off from the
     * database. One whose hands are full does take it, and its sweep waits there.
     */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final String SELECT = """
            with live as (select instance_name from {0}scheduler_state where sched_name = {1}),
                 share as (select ceil((select count(*) from {0}job_details where sched_name = {1})::numeric
                                       / greatest((select count(*) from live), 1)) as jobs),
                 load as (select instance_name, count(*) as jobs from $owners where sched_name = {1} group by 1)
            select t.trigger_name, t.trigger_group
              from {0}triggers t
              join {0}job_details j
                on j.sched_name = t.sched_name and j.job_name = t.job_name and j.job_group = t.job_group
              join $configured c
                on c.sched_name = t.sched_name and c.job_name = t.job_name and c.job_group = t.job_group
               and c.words = j.description and c.instance_name = ?
              left join $owners o on o.sched_name = t.sched_name and o.job_name = t.job_name
             where t.sched_name = {1} and t.trigger_state = 'WAITING' and t.next_fire_time <= ?
               and (t.misfire_instr = -1 or t.next_fire_time >= ?)
               and (t.job_group = 'clock' or o.instance_name = ? or t.next_fire_time < ?
                    or not exists (select from $configured theirs
                                    where theirs.sched_name = t.sched_name and theirs.instance_name = o.instance_name
                                      and theirs.job_name = t.job_name and theirs.job_group = t.job_group
                                      and theirs.words = j.description)
                       and o.instance_name is not null
                    or ((o.instance_name is null
                         or o.instance_name not in (select instance_name from live)
                         or (select jobs from load where load.instance_name = o.instance_name)
                            > (select jobs from share))
                        and coalesce((select jobs from load where load.instance_name = ?), 0)
                            < (select jobs from share)))
             order by t.next_fire_time, t.priority desc
            """.replace("$owners", PollersDatabase.SCHEMA + ".owners")
            .replace("$configured", PollersDatabase.SCHEMA + ".configured")
            .replace("'clock'", "'" + ANYBODYS + "'");

    @Override
    public List<TriggerKey> selectTriggerToAcquire(
            Connection connection, long noLaterThan, long noEarlierThan, int maxCount) throws SQLException {
        List<TriggerKey> keys = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(sql())) {
            select.setString(1, instanceId);
            select.setLong(2, noLaterThan);
            select.setLong(3, noEarlierThan);
            select.setString(4, instanceId);
            select.setLong(5, System.currentTimeMillis() - PATIENCE.toMillis());
            select.setString(6, instanceId);
            select.setMaxRows(Math.max(1, maxCount));
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    keys.add(TriggerKey.triggerKey(rows.getString(1), rows.getString(2)));
                }
            }
        }
        return keys;
    }

    /** Not by {@link #rtp}, to which a quote means something else. */
    private String sql() {
        return SELECT.replace("{0}", tablePrefix).replace("{1}", getSchedulerNameLiteral());
    }
}
