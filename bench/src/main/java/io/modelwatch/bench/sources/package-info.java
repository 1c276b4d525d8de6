/** What it costs to keep up with a hub, and with many sources. */
@NullMarked
package io.modelwatch.bench.sources;

import org.jspecify.annotations.NullMarked;
