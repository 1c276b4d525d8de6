/** Jira: issues that decide about models. */
@NullMarked
package io.modelwatch.producers.source.jira;

import org.jspecify.annotations.NullMarked;
