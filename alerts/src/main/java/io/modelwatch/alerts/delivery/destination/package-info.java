/** Destinations: how a message is put to each kind of endpoint, and what its answer means. */
@NullMarked
package io.modelwatch.alerts.delivery.destination;

import org.jspecify.annotations.NullMarked;
