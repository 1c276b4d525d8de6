package io.modelwatch.bench.soak;

import io.modelwatch.app.role.Role;
import java.util.OptionalDouble;

/**
 * One kill.
 *
 * @param role that was killed, and started again at once
 * @param at nanoseconds of this JVM's clock
 * @param up seconds until it said that it was up again; empty if it did not before the next
 */
record Kill(Role role, long at, OptionalDouble up) {}
