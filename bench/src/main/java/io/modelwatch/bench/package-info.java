/** Benchmarks: each figure is a ratio to a peer or a limit measured in the same run. */
@NullMarked
package io.modelwatch.bench;

import org.jspecify.annotations.NullMarked;
