package io.modelwatch.alerts.policy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What is wrong with policy files, collected so that one start tells all of it. */
final class Problems {

    private static final int MAX_TOLD = 20;

    private record Problem(Place place, String what) {}

    private final List<Problem> found = new ArrayList<>();

    void add(Place place, String what) {
        found.add(new Problem(place, what));
    }

    int count() {
        return found.size();
    }

    /** @throws PolicyException if anything was found */
    void throwIfAny() {
        if (found.isEmpty()) {
            return;
        }
        List<String> lines = new ArrayList<>(found.stream()
                .sorted(Comparator.comparing(Problem::place))
                .limit(MAX_TOLD)
                .map(problem -> problem.place() + ": " + problem.what())
                .toList());
        if (found.size() > MAX_TOLD) {
            lines.add("and " + (found.size() - MAX_TOLD) + " more");
        }
        throw new PolicyException(String.join("\n", lines));
    }
}
