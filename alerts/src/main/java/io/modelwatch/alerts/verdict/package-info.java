/** Is a provenance change approved? Pure functions of the facts and the time. */
@NullMarked
package io.modelwatch.alerts.verdict;

import org.jspecify.annotations.NullMarked;
