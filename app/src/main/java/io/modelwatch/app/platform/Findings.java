package io.modelwatch.app.platform;

import java.util.ArrayList;
import java.util.List;

/**
 * What a check has found.
 *
 * @param problems what keeps modelwatch from working, each with the setting that mends it
 * @param remarks what it works with all the same
 */
public record Findings(List<String> problems, List<String> remarks) {

    /** Copies the lists. */
    public Findings {
        problems = List.copyOf(problems);
        remarks = List.copyOf(remarks);
    }

    Findings and(Findings more) {
        List<String> allProblems = new ArrayList<>(problems);
        allProblems.addAll(more.problems);
        List<String> allRemarks = new ArrayList<>(remarks);
        allRemarks.addAll(more.remarks);
        return new Findings(allProblems, allRemarks);
    }
}
