/** A watched folder of procurement events. */
@NullMarked
package io.modelwatch.producers.source.folder;

import org.jspecify.annotations.NullMarked;
