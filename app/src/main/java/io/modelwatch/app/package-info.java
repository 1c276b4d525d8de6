/** The program: its entry point. */
@NullMarked
package io.modelwatch.app;

import org.jspecify.annotations.NullMarked;
