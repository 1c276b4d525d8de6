/** Changes held against procurement, beside the same join in PostgreSQL. */
@NullMarked
package io.modelwatch.bench.drift;

import org.jspecify.annotations.NullMarked;
