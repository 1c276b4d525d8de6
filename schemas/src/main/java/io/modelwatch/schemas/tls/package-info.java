/** Certificates and keys in files, as operators have them. */
@NullMarked
package io.modelwatch.schemas.tls;

import org.jspecify.annotations.NullMarked;
