/** Spans of calls of models: reading them, and what comes of the flood. */
@NullMarked
package io.modelwatch.bench.telemetry;

import org.jspecify.annotations.NullMarked;
