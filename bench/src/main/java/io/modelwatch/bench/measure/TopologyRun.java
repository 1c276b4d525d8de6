package io.modelwatch.bench.measure;

import java.util.List;

/**
 * One topology over the whole input.
 *
 * @param run its number
 * @param topology its name
 * @param records records that went in
 * @param seconds from the assignment of the tasks to the commit of the last record
 * @param written records that came out, changelogs left out
 */
public record TopologyRun(int run, String topology, long records, double seconds, long written) {

    /** Returns records that went in, a second. */
    public double recordsPerSecond() {
        return records / seconds;
    }

    /** Returns it as a row of a report: number, topology, records, seconds, records a second, records that came out. */
    public List<Object> row() {
        return List.of(run, topology, records, seconds, Math.round(recordsPerSecond()), written);
    }
}
