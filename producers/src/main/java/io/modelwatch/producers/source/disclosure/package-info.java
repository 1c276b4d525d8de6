/** What SaaS vendors say about the models that they run, in a file that is polled. */
@NullMarked
package io.modelwatch.producers.source.disclosure;

import org.jspecify.annotations.NullMarked;
