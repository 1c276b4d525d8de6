/** Models in OCI registries. */
@NullMarked
package io.modelwatch.producers.source.oci;

import org.jspecify.annotations.NullMarked;
