package io.modelwatch.producers.intake;

import java.util.List;

/**
 * What came of one input: a line is either accepted as a whole or has at least one error.
 *
 * @param accepted the good lines, in the order of the input
 * @param lines the number of each of them, from 1
 * @param errors what is wrong with the others, by line
 */
public record Batch<T>(List<T> accepted, List<Integer> lines, List<LineError> errors) {

    /** Copies the lists. */
    public Batch {
        accepted = List.copyOf(accepted);
        lines = List.copyOf(lines);
        errors = List.copyOf(errors);
        if (accepted.size() != lines.size()) {
            throw new IllegalArgumentException("as many lines as are accepted");
        }
    }
}
