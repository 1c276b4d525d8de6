/** The commands a person types; those that read or publish talk to the HTTP API and to nothing else. */
@NullMarked
package io.modelwatch.app.cli;

import org.jspecify.annotations.NullMarked;
