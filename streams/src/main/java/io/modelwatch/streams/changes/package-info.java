/** From observations to changes: what differs, what came late, what is gone. */
@NullMarked
package io.modelwatch.streams.changes;

import org.jspecify.annotations.NullMarked;
