package io.modelwatch.history.api;

import java.util.List;
import java.util.Map;

/** A box without letters, for tests that are about something else. */
final class NoLetters implements Letters {
    @Override
    public Page list(Filter filter, String after, int limit) {
        return new Page(List.of(), false);
    }

    @Override
    public Content one(String id) {
        return null;
    }

    @Override
    public Outcome redrive(String id, Filter filter, boolean dryRun) {
        return new Outcome(Map.of(), Map.of(), false);
    }
}
