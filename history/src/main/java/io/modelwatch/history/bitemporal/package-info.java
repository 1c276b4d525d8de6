/** Facts with two times, when they were so and when that was known, worked out from what topics say. */
@NullMarked
package io.modelwatch.history.bitemporal;

import org.jspecify.annotations.NullMarked;
