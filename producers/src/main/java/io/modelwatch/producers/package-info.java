/** Pollers: what they are configured with, when they run and what one pass over a source does. */
@NullMarked
package io.modelwatch.producers;

import org.jspecify.annotations.NullMarked;
