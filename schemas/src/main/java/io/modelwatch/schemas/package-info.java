/** The contract of modelwatch: topics, serdes, ids and headers. Everything an integrator needs to read and write. */
@NullMarked
package io.modelwatch.schemas;

import org.jspecify.annotations.NullMarked;
