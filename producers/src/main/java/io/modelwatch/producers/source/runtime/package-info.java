/** Model servers, asked directly: what they say they serve. */
@NullMarked
package io.modelwatch.producers.source.runtime;

import org.jspecify.annotations.NullMarked;
