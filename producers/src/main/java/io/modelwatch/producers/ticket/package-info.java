/** Tickets of other systems as procurement events: by mapping, webhook and polling. */
@NullMarked
package io.modelwatch.producers.ticket;

import org.jspecify.annotations.NullMarked;
