/** Models of ModelScope. */
@NullMarked
package io.modelwatch.producers.source.modelscope;

import org.jspecify.annotations.NullMarked;
