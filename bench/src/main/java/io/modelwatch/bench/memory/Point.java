package io.modelwatch.bench.memory;

import java.util.Map;

/**
 * How much is known, and what that takes.
 *
 * @param what was added to come here
 * @param models that were observed
 * @param deployments that were observed
 * @param alerts that are open
 * @param processes what each role holds
 * @param topics bytes of all topics, changelogs among them, on the broker's disk
 */
record Point(Kind what, int models, int deployments, int alerts, Map<String, Footprint> processes, long topics) {

    /** What is counted. */
    enum Kind {
        nothing("nothing"),
        models("a model"),
        deployments("a deployment"),
        alerts("an open alert");

        private final String one;

        Kind(String one) {
            this.one = one;
        }

        String one() {
            return one;
        }
    }

    Point {
        processes = Map.copyOf(processes);
    }

    /** Returns how many there are of what was added. */
    int count() {
        return switch (what) {
            case nothing -> 0;
            case models -> models;
            case deployments -> deployments;
            case alerts -> alerts;
        };
    }

    Footprint of(String role) {
        Footprint footprint = processes.get(role);
        if (footprint == null) {
            throw new IllegalArgumentException("no " + role);
        }
        return footprint;
    }
}
