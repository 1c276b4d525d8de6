/** Bills of deployments in the formats of others, CycloneDX and SPDX, and what is missing in them by the G7's list. */
@NullMarked
package io.modelwatch.history.bills;

import org.jspecify.annotations.NullMarked;
