/** Holds what is on the topics against what became of it, record by record. */
@NullMarked
package io.modelwatch.history.reconcile;

import org.jspecify.annotations.NullMarked;
