/** Ways in for systems that post what runs by themselves. */
@NullMarked
package io.modelwatch.producers.receiver;

import org.jspecify.annotations.NullMarked;
