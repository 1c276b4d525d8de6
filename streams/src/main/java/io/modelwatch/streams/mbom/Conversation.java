package io.modelwatch.streams.mbom;

import io.modelwatch.streams.Answered;
import org.jspecify.annotations.Nullable;

/**
 * Where the mbom topology stands with the lineage topology about one model. Subscriptions are counted by their offsets.
 *
 * @param state what is known
 * @param offset of the subscription that waits, or the newest one that was answered; {@link Answered#NONE} where neither
 *     is known
 */
record Conversation(State state, long offset) {

    enum State {
        /** A deployment runs it, and its ancestry has not been told yet. */
        AWAITED,
        /** It has, even if only that there is none. */
        TOLD,
        /** It has been told to a subscription that is still to be read here. */
        EARLY
    }

    private static final String TOLD = "told";
    private static final String EARLY = "early:";
    private static final String AWAITED = "awaited:";

    /** Reads what {@link #text} has written; an empty text and a bare "told" are of the first version. */
    static @Nullable Conversation of(@Nullable String text) {
        if (text == null) {
            return null;
        }
        State state = text.startsWith(TOLD) ? State.TOLD : text.startsWith(EARLY) ? State.EARLY : State.AWAITED;
        int colon = text.indexOf(':');
        return new Conversation(state, colon < 0 ? Answered.NONE : Long.parseLong(text.substring(colon + 1)));
    }

    String text() {
        return switch (state) {
            case AWAITED -> AWAITED + offset;
            case TOLD -> TOLD + ":" + offset;
            case EARLY -> EARLY + offset;
        };
    }

    /** Returns how it stands after a deployment began to run the model. */
    static Conversation subscribed(@Nullable Conversation before, long offset) {
        if (before == null || before.state == State.EARLY && before.offset < offset) {
            return new Conversation(State.AWAITED, offset);
        }
        return before.state == State.EARLY ? new Conversation(State.TOLD, before.offset) : before;
    }

    /** Returns how it stands after the last deployment ceased to run the model, or null where nothing is to be kept. */
    static @Nullable Conversation ended(@Nullable Conversation before, long offset) {
        return before != null && before.state != State.AWAITED && before.offset > offset
                ? new Conversation(State.EARLY, before.offset)
                : null;
    }

    /**
     * Returns how it stands after an ancestry was told, or null where it concerns nobody: the subscription that it answers
     * has ended, and no other is on its way.
     *
     * @param answered the subscription that it answers, or {@link Answered#NONE}
     */
    static @Nullable Conversation told(@Nullable Conversation before, long answered) {
        if (before == null) {
            return answered == Answered.NONE ? null : new Conversation(State.EARLY, answered);
        }
        if (before.state == State.AWAITED && answered != Answered.NONE && answered < before.offset) {
            return before;
        }
        State after = before.state == State.EARLY ? State.EARLY : State.TOLD;
        return new Conversation(after, before.state == State.AWAITED ? answered : Math.max(before.offset, answered));
    }
}
