/** Sources that see nothing any more, and the alerts about them. */
@NullMarked
package io.modelwatch.alerts.blindness;

import org.jspecify.annotations.NullMarked;
