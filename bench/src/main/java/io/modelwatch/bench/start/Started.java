package io.modelwatch.bench.start;

import java.util.List;
import java.util.OptionalDouble;

/**
 * One start.
 *
 * @param run its number
 * @param seconds until it was ready
 * @param mebibytes the most that all processes took together; empty where the system does not tell
 * @param processes how many they were then
 */
record Started(int run, double seconds, OptionalDouble mebibytes, int processes) {

    List<Object> row() {
        return List.of(
                run, seconds, mebibytes.isPresent() ? (Object) Math.round(mebibytes.getAsDouble()) : "-", processes);
    }
}
