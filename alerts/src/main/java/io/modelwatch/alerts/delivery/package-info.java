/** Deliveries: what leaves the alert topics for the tools that people use, at least once and in order. */
@NullMarked
package io.modelwatch.alerts.delivery;

import org.jspecify.annotations.NullMarked;
