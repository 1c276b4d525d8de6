/** Rows into PostgreSQL, beside plain COPY, and questions about the past. */
@NullMarked
package io.modelwatch.bench.history;

import org.jspecify.annotations.NullMarked;
