/** Models that go by another name: a hub's author renamed, a repository moved. */
@NullMarked
package io.modelwatch.streams.renames;

import org.jspecify.annotations.NullMarked;
