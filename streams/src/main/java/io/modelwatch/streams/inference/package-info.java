/** Which model an undeclared lineage points to, from names and configuration: a guess, and marked as one. */
@NullMarked
package io.modelwatch.streams.inference;

import org.jspecify.annotations.NullMarked;
