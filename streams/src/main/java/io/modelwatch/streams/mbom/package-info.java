/** From what is known of deployments and models to revisions of MBOMs. */
@NullMarked
package io.modelwatch.streams.mbom;

import org.jspecify.annotations.NullMarked;
