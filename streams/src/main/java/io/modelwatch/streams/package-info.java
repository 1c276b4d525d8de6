/** Topologies that turn observations into changes and MBOMs. */
@NullMarked
package io.modelwatch.streams;

import org.jspecify.annotations.NullMarked;
