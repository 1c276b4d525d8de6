/** Recorded polls of vendors, replayed and held against what the recording implies. */
@NullMarked
package io.modelwatch.bench.replay;

import org.jspecify.annotations.NullMarked;
