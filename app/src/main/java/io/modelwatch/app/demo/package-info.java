/** The demo: recorded lists of real models, served again day by day, and a fictional company that runs on them. */
@NullMarked
package io.modelwatch.app.demo;

import org.jspecify.annotations.NullMarked;
