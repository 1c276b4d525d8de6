/** The embedded platform: a Kafka broker, a schema registry and a PostgreSQL under one data directory. */
@NullMarked
package io.modelwatch.app.platform;

import org.jspecify.annotations.NullMarked;
