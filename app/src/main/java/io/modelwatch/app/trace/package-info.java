/** OpenTelemetry traces of what made a difference, from poll to delivery: the one place that knows OpenTelemetry's SDK. */
@NullMarked
package io.modelwatch.app.trace;

import org.jspecify.annotations.NullMarked;
