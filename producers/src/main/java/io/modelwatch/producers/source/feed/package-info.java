/** Vendors' announcements in feeds: models that are to be retired. */
@NullMarked
package io.modelwatch.producers.source.feed;

import org.jspecify.annotations.NullMarked;
