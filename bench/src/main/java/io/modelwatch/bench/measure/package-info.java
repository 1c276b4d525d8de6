/** What the benchmarks share: a platform to measure on, samples, figures beside their goals, and the report. */
@NullMarked
package io.modelwatch.bench.measure;

import org.jspecify.annotations.NullMarked;
