/** Pages of vendors, read by people so far: subprocessors, trust centres, changelogs. */
@NullMarked
package io.modelwatch.producers.source.page;

import org.jspecify.annotations.NullMarked;
