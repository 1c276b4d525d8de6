/** The contract that every family of source fulfils. */
@NullMarked
package io.modelwatch.producers.source;

import org.jspecify.annotations.NullMarked;
