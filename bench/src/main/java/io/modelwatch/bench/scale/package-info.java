/** One, two and more instances of a role over the same work. */
@NullMarked
package io.modelwatch.bench.scale;

import org.jspecify.annotations.NullMarked;
