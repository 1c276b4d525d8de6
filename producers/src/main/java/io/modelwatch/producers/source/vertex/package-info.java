/** Endpoints of Vertex AI. */
@NullMarked
package io.modelwatch.producers.source.vertex;

import org.jspecify.annotations.NullMarked;
