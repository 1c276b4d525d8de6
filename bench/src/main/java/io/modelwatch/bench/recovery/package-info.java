/** How long what a killed instance did stands still. */
@NullMarked
package io.modelwatch.bench.recovery;

import org.jspecify.annotations.NullMarked;
