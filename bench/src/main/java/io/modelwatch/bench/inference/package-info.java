/** Inferred parents, against recorded ones that were hidden. */
@NullMarked
package io.modelwatch.bench.inference;

import org.jspecify.annotations.NullMarked;
