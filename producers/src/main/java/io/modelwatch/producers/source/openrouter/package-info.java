/** Who serves the models of OpenRouter. */
@NullMarked
package io.modelwatch.producers.source.openrouter;

import org.jspecify.annotations.NullMarked;
