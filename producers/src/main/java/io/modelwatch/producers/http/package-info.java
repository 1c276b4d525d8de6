/** Reading over HTTP, bounded in size, time and rate. */
@NullMarked
package io.modelwatch.producers.http;

import org.jspecify.annotations.NullMarked;
