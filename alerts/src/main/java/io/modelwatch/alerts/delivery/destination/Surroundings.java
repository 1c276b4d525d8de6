package io.modelwatch.alerts.delivery.destination;

import java.time.InstantSource;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a destination needs of the world.
 *
 * @param limits bounds of each try
 * @param environment where secrets are looked up
 * @param clock the wall clock: signatures and {@code Retry-After} are about real time
 */
public record Surroundings(Limits limits, UnaryOperator<@Nullable String> environment, InstantSource clock) {

    /** Returns those of the running program. */
    public static Surroundings ofTheProgram() {
        return new Surroundings(Limits.defaults(), System::getenv, InstantSource.system());
    }
}
