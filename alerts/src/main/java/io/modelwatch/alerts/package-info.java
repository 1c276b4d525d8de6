/** Drift: MBOM changes held against procurement events, and the alerts that come of it. */
@NullMarked
package io.modelwatch.alerts;

import org.jspecify.annotations.NullMarked;
