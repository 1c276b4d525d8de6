/** The platform for an hour, under load, with kills. */
@NullMarked
package io.modelwatch.bench.soak;

import org.jspecify.annotations.NullMarked;
