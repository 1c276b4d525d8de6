package io.modelwatch.bench.soak;

import io.modelwatch.history.reconcile.Account;
import java.util.List;
import java.util.Map;

/**
 * What a soak showed.
 *
 * @param begin when the warm-up was over, in nanoseconds of this JVM's clock
 * @param rate observations a second that were written
 * @param observations that were written and committed, the first sweep among them
 * @param probes that were sent after it and have an alert, in order
 * @param unanswered probes, of the warm-up too, without an alert
 * @param manifold alerts beyond the first of a probe
 * @param changes that the generator made
 * @param committed of its changes, those on the topic
 * @param kills in order
 * @param ended roles that ended by themselves and were started again
 * @param accounts of the reconciliation
 * @param mebibytes of each process, sample by sample
 */
record SoakResult(
        long begin,
        double rate,
        long observations,
        List<ProbeTime> probes,
        int unanswered,
        int manifold,
        long changes,
        long committed,
        List<Kill> kills,
        int ended,
        List<Account> accounts,
        Map<String, List<Double>> mebibytes) {

    SoakResult {
        probes = List.copyOf(probes);
        kills = List.copyOf(kills);
        accounts = List.copyOf(accounts);
    }

    /** Returns how much is not where it must be, or says something else there. */
    long lost() {
        return accounts.stream().mapToLong(one -> one.lost() + one.differing()).sum()
                + unanswered
                + Math.max(0, changes - committed);
    }

    /** Returns how much is there more than once. */
    long duplicated() {
        return accounts.stream().mapToLong(Account::duplicated).sum() + manifold + Math.max(0, committed - changes);
    }
}
