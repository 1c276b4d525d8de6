/** From spans to observations: which models answer, told only when it changes. */
@NullMarked
package io.modelwatch.streams.telemetry;

import org.jspecify.annotations.NullMarked;
