package io.modelwatch.streams.inference;

import io.modelwatch.streams.inference.Likeness.Feature;
import java.util.EnumMap;
import java.util.Map;

/**
 * How much each feature of {@link Likeness} counts: two logistic regressions, fitted on the candidates of the models of
 * the recorded edges whose author falls into the development part (docs/benchmarks.md). The sum is the logarithm of the
 * odds.
 */
final class Weights {

    /** Of a candidate that has all the words. */
    private static final Map<Feature, Double> SAME = weights(
            Feature.ALWAYS, -1.64,
            Feature.WORDS, 0.32,
            Feature.SIZED, -0.39,
            Feature.SAME_OWNER, -1.32,
            Feature.NAMED, -1.45,
            Feature.NEVER_NAMED, -1.82,
            Feature.LEAD, 3.42,
            Feature.ALONE, 3.71,
            Feature.FORMATTED, -1.74,
            Feature.OTHER_FORMAT, -3.00,
            Feature.QUANTIZED, 2.91,
            Feature.ADAPTER, -0.95,
            Feature.MERGE, -0.29);

    /** Of a candidate that has some of the words. */
    private static final Map<Feature, Double> HELD = weights(
            Feature.ALWAYS, -5.65,
            Feature.BEGINS, 1.09,
            Feature.ENDS, 1.22,
            Feature.SHARE, 2.25,
            Feature.WORDS, 0.93,
            Feature.SIZED, -0.33,
            Feature.SIZE_BESIDE, -1.92,
            Feature.VERSION_BEHIND, -0.41,
            Feature.OWNER_NAMED, 4.68,
            Feature.OWNER_BESIDE, 2.33,
            Feature.SAME_OWNER, -0.03,
            Feature.NAMED, 2.26,
            Feature.NEVER_NAMED, -2.86,
            Feature.LEAD, 1.72,
            Feature.ALONE, 2.76,
            Feature.FORMATTED, 2.81,
            Feature.OTHER_FORMAT, -3.21,
            Feature.QUANTIZED, -1.44,
            Feature.ADAPTER, 0.09,
            Feature.MERGE, 0.29,
            Feature.LONGER_KNOWN, -1.38);

    private Weights() {}

    /** Returns how likely a candidate is the parent, 0 to 1. */
    static double score(Likeness likeness) {
        double sum = 0;
        for (Map.Entry<Feature, Double> weight : (likeness.same() ? SAME : HELD).entrySet()) {
            sum += weight.getValue() * likeness.of(weight.getKey());
        }
        return 1 / (1 + Math.exp(-sum));
    }

    private static Map<Feature, Double> weights(Object... pairs) {
        Map<Feature, Double> weights = new EnumMap<>(Feature.class);
        for (int i = 0; i < pairs.length; i += 2) {
            weights.put((Feature) pairs[i], (Double) pairs[i + 1]);
        }
        return weights;
    }
}
