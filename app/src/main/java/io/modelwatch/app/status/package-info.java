/** Whether the pipeline lives: what Kafka, the database and the instances themselves say of it. */
@NullMarked
package io.modelwatch.app.status;

import org.jspecify.annotations.NullMarked;
