/** Reading registries that speak the OCI distribution API, as far as models are kept there. */
@NullMarked
package io.modelwatch.producers.registry;

import org.jspecify.annotations.NullMarked;
