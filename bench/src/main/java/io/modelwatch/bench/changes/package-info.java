/** Observations to changes: how many, and how long from poll to alert. */
@NullMarked
package io.modelwatch.bench.changes;

import org.jspecify.annotations.NullMarked;
