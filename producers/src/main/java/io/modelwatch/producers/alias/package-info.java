/** Names by which models are called and mentioned, and which models they stand for. */
@NullMarked
package io.modelwatch.producers.alias;

import org.jspecify.annotations.NullMarked;
