package io.modelwatch.app.role;

import io.modelwatch.history.api.Intake.LineError;
import io.modelwatch.history.api.Intake.Receipt;
import io.modelwatch.history.api.Intake.RefusedException;
import io.modelwatch.history.api.Intake.UnavailableException;
import io.modelwatch.history.api.Intake.UnknownException;
import io.modelwatch.producers.Pollers;
import io.modelwatch.producers.SourceConfig;
import io.modelwatch.producers.source.Hints;
import io.modelwatch.producers.source.SourceException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Takes word that something changed at a source, and has the source looked at: what was posted is believed in nothing. */
final class SourceHints {

    private final Map<String, Hints> hints = new LinkedHashMap<>();
    private final Supplier<@Nullable Pollers> pollers;

    /** @param pollers the pollers of this instance, or null while there are none */
    SourceHints(List<SourceConfig> sources, Supplier<@Nullable Pollers> pollers) {
        this.pollers = pollers;
        for (SourceConfig source : sources) {
            Hints of = source.hints();
            if (of != null) {
                hints.put(source.name(), of);
            }
        }
    }

    Receipt take(String source, UnaryOperator<@Nullable String> headers, byte[] body) {
        Hints of = hints.get(source);
        if (of == null) {
            throw new UnknownException(
                    "no source " + source + " takes webhooks: name its secret in webhookSecretEnv of its settings");
        }
        try {
            // By the wall clock, as the sender's time is.
            if (!of.admits(headers, body, Instant.now())) {
                throw new RefusedException("source " + source + ": the sender does not prove to know its secret");
            }
        } catch (SourceException e) {
            throw new UnavailableException("source " + source + ": " + e.getMessage(), e);
        }
        if (!of.matters(body)) {
            return new Receipt(0, List.of(), List.of(new LineError(1, "", "passed over: it tells of no model")));
        }
        Pollers here = pollers.get();
        if (here == null) {
            throw new UnavailableException(
                    "the pollers role does not run in this instance: post to one where it does", null);
        }
        try {
            here.hint(source);
        } catch (IllegalStateException e) {
            throw new UnavailableException(String.valueOf(e.getMessage()), e);
        }
        return new Receipt(1, List.of());
    }
}
