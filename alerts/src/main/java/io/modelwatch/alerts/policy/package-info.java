/** Policies as code: YAML files with CEL expressions that say what an unapproved change raises. */
@NullMarked
package io.modelwatch.alerts.policy;

import org.jspecify.annotations.NullMarked;
