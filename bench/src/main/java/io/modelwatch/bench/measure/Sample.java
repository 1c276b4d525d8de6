package io.modelwatch.bench.measure;

import java.util.Arrays;

/** Measured values, in order of size. */
public final class Sample {

    private final double[] sorted;

    /** @throws IllegalArgumentException if there is none */
    public Sample(double... values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("nothing was measured");
        }
        sorted = values.clone();
        Arrays.sort(sorted);
    }

    /** Returns the smallest value that at least this share of all values does not exceed (nearest rank). */
    public double percentile(double share) {
        int rank = (int) Math.ceil(share * sorted.length);
        return sorted[Math.max(0, Math.min(sorted.length, rank) - 1)];
    }

    /** Returns the middle value, or the mean of the two middle ones. */
    public double median() {
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** Returns the largest value. */
    public double max() {
        return sorted[sorted.length - 1];
    }
}
