package io.modelwatch.bench;

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
record ChangesRun(int run, String topology, long records, double seconds, long written) {

    double recordsPerSecond() {
        return records / seconds;
    }

    List<Object> row() {
        return List.of(run, topology, records, seconds, Math.round(recordsPerSecond()), written);
    }
}
