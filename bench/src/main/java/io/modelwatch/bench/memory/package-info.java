/** What processes hold, by how much they know. */
@NullMarked
package io.modelwatch.bench.memory;

import org.jspecify.annotations.NullMarked;
