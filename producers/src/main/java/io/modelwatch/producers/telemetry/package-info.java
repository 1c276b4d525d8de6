/** OpenTelemetry spans in, what they say of routes out: no prompt, no completion and no user leaves this package. */
@NullMarked
package io.modelwatch.producers.telemetry;

import org.jspecify.annotations.NullMarked;
