/** From what is known of each model to its resolved ancestry. */
@NullMarked
package io.modelwatch.streams.lineage;

import org.jspecify.annotations.NullMarked;
