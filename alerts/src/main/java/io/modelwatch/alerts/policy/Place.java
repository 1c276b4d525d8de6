package io.modelwatch.alerts.policy;

import java.util.Comparator;

/**
 * Where in a policy file something stands.
 *
 * @param line counted from one; zero where it stands in no line
 * @param column counted from one
 */
record Place(String file, int line, int column) implements Comparable<Place> {

    private static final Comparator<Place> ORDER =
            Comparator.comparing(Place::file).thenComparingInt(Place::line).thenComparingInt(Place::column);

    @Override
    public int compareTo(Place other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return line == 0 ? file : file + ":" + line + ":" + column;
    }
}
