/** Models of the Hugging Face Hub. */
@NullMarked
package io.modelwatch.producers.source.huggingface;

import org.jspecify.annotations.NullMarked;
