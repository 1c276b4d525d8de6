/** Models of Ollama's registry, by tag. */
@NullMarked
package io.modelwatch.producers.source.ollamaregistry;

import org.jspecify.annotations.NullMarked;
