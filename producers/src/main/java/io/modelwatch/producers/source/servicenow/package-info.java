/** ServiceNow: change requests that decide about models. */
@NullMarked
package io.modelwatch.producers.source.servicenow;

import org.jspecify.annotations.NullMarked;
