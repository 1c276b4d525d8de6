/** Ancestry of a hub of a million models, beside a recursive query in PostgreSQL. */
@NullMarked
package io.modelwatch.bench.lineage;

import org.jspecify.annotations.NullMarked;
