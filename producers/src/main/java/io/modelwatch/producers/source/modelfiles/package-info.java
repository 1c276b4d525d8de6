/** Files of models on a disk. */
@NullMarked
package io.modelwatch.producers.source.modelfiles;

import org.jspecify.annotations.NullMarked;
