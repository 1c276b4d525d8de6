/** The JSON forms of the contract: what commands, API and exports show of the Avro records. */
@NullMarked
package io.modelwatch.schemas.json;

import org.jspecify.annotations.NullMarked;
