/** Roles: what runs in a process, beside an embedded platform or against an external Kafka. */
@NullMarked
package io.modelwatch.app.role;

import org.jspecify.annotations.NullMarked;
