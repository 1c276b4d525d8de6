package io.modelwatch.bench.drift;

import io.modelwatch.schemas.avro.Verdict;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What was said of each change of a {@link DriftWorld}, in a few bytes each: there may be millions. */
final class DriftAnswers {

    private static final String CHANGE = "change-";
    private static final String PAPER = "paper-";
    private static final int NONE = -1;
    private static final int SHOWN = 5;

    private final byte[] verdicts;
    private final int[] papers;
    private final BitSet live = new BitSet();

    DriftAnswers(int changes) {
        this.verdicts = new byte[changes];
        this.papers = new int[changes];
        Arrays.fill(verdicts, (byte) NONE);
    }

    /**
     * Takes what was last said of a change.
     *
     * @param by id of the paper behind it, null for none
     */
    void put(String change, Verdict verdict, @Nullable String by, boolean isLive) {
        int number = Integer.parseInt(change, CHANGE.length(), change.length(), 10);
        verdicts[number] = (byte) verdict.ordinal();
        papers[number] = by == null ? NONE : Integer.parseInt(by, PAPER.length(), by.length(), 10);
        live.set(number, isLive);
    }

    /** Returns of how many changes something was said. */
    long said() {
        return IntStream.range(0, verdicts.length)
                .filter(number -> verdicts[number] != NONE)
                .count();
    }

    /** Returns how many live changes are not approved. */
    long drifts() {
        return live.stream()
                .filter(number -> verdicts[number] != Verdict.APPROVED.ordinal()
                        && verdicts[number] != Verdict.APPROVED_LATE.ordinal())
                .count();
    }

    /** Returns some of the changes of which something else is said than is right; empty where there is none. */
    List<String> wrong(DriftAnswers right) {
        return IntStream.range(0, verdicts.length)
                .filter(number -> verdicts[number] != right.verdicts[number]
                        || papers[number] != right.papers[number]
                        || live.get(number) != right.live.get(number))
                .limit(SHOWN)
                .mapToObj(number ->
                        CHANGE + number + ": " + words(number) + " where " + right.words(number) + " is right")
                .toList();
    }

    private String words(int number) {
        return verdicts[number] == NONE
                ? "nothing"
                : Verdict.values()[verdicts[number]]
                        + (papers[number] == NONE ? "" : " by " + PAPER + papers[number])
                        + (live.get(number) ? ", live" : ", over");
    }
}
