/** What goes in: observations as pollers make and write them, at once or at a rate. */
@NullMarked
package io.modelwatch.bench.load;

import org.jspecify.annotations.NullMarked;
