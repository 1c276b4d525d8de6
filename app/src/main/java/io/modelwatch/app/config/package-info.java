/** What an operator sets: the settings, where they come from, and the file. */
@NullMarked
package io.modelwatch.app.config;

import org.jspecify.annotations.NullMarked;
