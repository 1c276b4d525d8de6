/** How long the program takes until it is up, and what it holds then. */
@NullMarked
package io.modelwatch.bench.start;

import org.jspecify.annotations.NullMarked;
