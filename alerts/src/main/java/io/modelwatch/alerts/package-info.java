/** Drift: provenance changes held against procurement, and the alerts that come of it. */
@NullMarked
package io.modelwatch.alerts;

import org.jspecify.annotations.NullMarked;
