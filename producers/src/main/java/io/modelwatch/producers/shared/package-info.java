/** Sources shared among several instances, by Quartz' job store in PostgreSQL. */
@NullMarked
package io.modelwatch.producers.shared;

import org.jspecify.annotations.NullMarked;
