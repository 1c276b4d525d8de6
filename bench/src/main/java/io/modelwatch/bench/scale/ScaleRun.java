package io.modelwatch.bench.scale;

/**
 * What some instances made of the backlog.
 *
 * @param instances how many they were
 * @param run its number, from 1
 * @param records of the backlog, markers of sweeps among them
 * @param seconds from when they could read it until the last change was committed
 * @param settled seconds until lineage and MBOMs, too, had read all that came of it
 * @param cpu seconds of processor time of all instances, until the last change
 * @param platformCpu the same of the process with broker and benchmark
 * @param changes that came out, right
 */
record ScaleRun(
        int instances,
        int run,
        long records,
        double seconds,
        double settled,
        double cpu,
        double platformCpu,
        long changes) {

    double recordsPerSecond() {
        return records / seconds;
    }

    /** Returns how many cores were at work, on average. */
    double busyCores() {
        return (cpu + platformCpu) / seconds;
    }
}
