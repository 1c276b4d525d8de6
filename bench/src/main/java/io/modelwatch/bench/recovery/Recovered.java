package io.modelwatch.bench.recovery;

/**
 * One kill.
 *
 * @param standby copies of each store
 * @param comeback what became of the instance that was killed
 * @param number of the kill
 * @param partitions that the changes topology of the instance had
 * @param changes seconds until a probe in each of them had its committed change
 * @param lineage seconds until a probe in each partition of all, too, had its committed lineage: whichever of their
 *     tasks the instance had
 * @param others the longest, in seconds, that a probe took in a partition of the other instance
 */
record Recovered(
        int standby, Comeback comeback, int number, int partitions, double changes, double lineage, double others) {}
