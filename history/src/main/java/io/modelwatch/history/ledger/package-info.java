/** What was recorded of a deployment, chained and signed, so that nobody alters, inserts or drops it unseen. */
@NullMarked
package io.modelwatch.history.ledger;

import org.jspecify.annotations.NullMarked;
