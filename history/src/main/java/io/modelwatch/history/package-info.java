/** What happened, in PostgreSQL, and the HTTP API that tells of it. */
@NullMarked
package io.modelwatch.history;

import org.jspecify.annotations.NullMarked;
