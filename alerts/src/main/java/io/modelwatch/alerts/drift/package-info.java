/** The drift topology: MBOMs, procurement events and ticks in, alerts out. */
@NullMarked
package io.modelwatch.alerts.drift;

import org.jspecify.annotations.NullMarked;
