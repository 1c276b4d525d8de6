/** The HTTP API: what is known, to be read, and the way in for what is pushed. */
@NullMarked
package io.modelwatch.history.api;

import org.jspecify.annotations.NullMarked;
