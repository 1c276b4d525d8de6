/** The way in for what is pushed: the contract's JSON Lines, checked field by field and turned into Avro. */
@NullMarked
package io.modelwatch.producers.intake;

import org.jspecify.annotations.NullMarked;
