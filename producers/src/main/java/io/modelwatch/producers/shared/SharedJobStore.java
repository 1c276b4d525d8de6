package io.modelwatch.producers.shared;

import java.time.Duration;
import org.quartz.impl.jdbcjobstore.InvalidConfigurationException;
import org.quartz.impl.jdbcjobstore.JobStoreTX;

/** Quartz' clustered job store, with the settings that hold here. Public, since Quartz calls it by reflection. */
public final class SharedJobStore extends JobStoreTX {

    /** Each says so often that it is there. */
    private static final Duration CHECK_IN = Duration.ofSeconds(3);

    /** Who has not said for this long that it is there is taken for dead: Quartz adds 7.5 s. */
    static final Duration MISSED = CHECK_IN.plusMillis(7500);

    /**
     * @param connections name of the provider of connections
     * @param cluster what all instances call the one scheduler that they are
     */
    SharedJobStore(String connections, String cluster) {
        super.setInstanceName(cluster);
        setDataSource(connections);
        setTablePrefix(PollersDatabase.SCHEMA + ".qrtz_");
        setUseProperties("true");
        setIsClustered(true);
        setClusterCheckinInterval(CHECK_IN.toMillis());
        // Else what one instance just fired may be fired once more by another that had read it before.
        setAcquireTriggersWithinLock(true);
        setMakeThreadsDaemons(true);
        try {
            setDriverDelegateClass(OwnerDelegate.class.getName());
        } catch (InvalidConfigurationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Keeps the cluster's name: Quartz would give that of this one scheduler, of which a process may have several. */
    @Override
    public void setInstanceName(String name) {}
}
