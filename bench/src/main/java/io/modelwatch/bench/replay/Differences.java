package io.modelwatch.bench.replay;

import io.modelwatch.bench.measure.BenchException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What one list of changes has that another lacks, each counted as often as it is told. */
final class Differences {

    private static final int SHOWN = 10;

    private Differences() {}

    /** @throws BenchException if the lists differ in anything but their order; it shows the first differences */
    static void require(List<Told> expected, List<Told> told) {
        Map<Told, Integer> balance = new HashMap<>();
        expected.forEach(one -> balance.merge(one, 1, Integer::sum));
        told.forEach(one -> balance.merge(one, -1, Integer::sum));
        List<String> lines = new ArrayList<>();
        balance.forEach((one, count) -> {
            if (count != 0) {
                lines.add((count > 0 ? "missing: " : "too many: ") + one);
            }
        });
        if (!lines.isEmpty()) {
            throw new BenchException(lines.size() + " changes differ from what the recording implies ("
                    + expected.size() + " expected, " + told.size() + " told):\n  "
                    + String.join("\n  ", lines.stream().sorted().limit(SHOWN).toList()));
        }
    }
}
