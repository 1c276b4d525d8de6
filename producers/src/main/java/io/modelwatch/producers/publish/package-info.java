/** The way onto the topics, in transactions. */
@NullMarked
package io.modelwatch.producers.publish;

import org.jspecify.annotations.NullMarked;
