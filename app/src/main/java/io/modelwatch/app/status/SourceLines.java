package io.modelwatch.app.status;

import io.modelwatch.app.status.Line.Kind;
import io.modelwatch.schemas.avro.SourceCondition;
import io.modelwatch.schemas.avro.SourceHealth;
import io.modelwatch.schemas.avro.SourceState;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** What is told of the sources: that of the topic, as the pollers said it last. */
final class SourceLines {

    private SourceLines() {}

    static List<Line> of(Collection<SourceHealth> sources, Instant now) {
        return sources.stream()
                .sorted(Comparator.comparing(SourceHealth::getSource))
                .map(one -> line(one, now))
                .toList();
    }

    private static Line line(SourceHealth one, Instant now) {
        boolean blind = one.getState() == SourceState.BLIND || one.getCondition() == SourceCondition.BLIND;
        String state = blind
                ? "blind"
                : (one.getCondition() == SourceCondition.UNKNOWN ? one.getState() : one.getCondition())
                        .toString()
                        .toLowerCase(Locale.ROOT);
        Instant last = one.getLastSuccessAt();
        Line line = blind
                ? Line.wrong(Kind.SOURCE, one.getSource(), state)
                : Line.fine(Kind.SOURCE, one.getSource(), state);
        String read = last == null ? "never read whole" : "last read whole " + PollerLines.ago(last, now);
        return line.with("type", one.getType())
                .with("since", one.getSince().toString())
                .with("lastSuccessAt", last == null ? null : last.toString())
                .with("error", one.getError())
                .detail(one.getError() == null ? read : read + "; " + one.getError());
    }
}
