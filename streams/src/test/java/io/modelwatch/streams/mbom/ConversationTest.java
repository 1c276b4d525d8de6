package io.modelwatch.streams.mbom;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.streams.Answered;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Two topologies read the same subscriptions, each at its own pace: whatever the pace, nobody waits for ever. */
class ConversationTest {

    private static final long SEED = 20261126L;

    /** What the lineage topology tells: an answer to each subscription before which there was none, and what changes until the end. */
    private static List<Long> told(List<Boolean> subscriptions, Random random) {
        List<Long> told = new ArrayList<>();
        int running = 0;
        long answers = Answered.NONE;
        for (int offset = 0; offset < subscriptions.size(); offset++) {
            if (subscriptions.get(offset) && running == 0) {
                answers = offset;
                told.add(answers);
            }
            running += subscriptions.get(offset) ? 1 : -1;
            if (running > 0 && random.nextInt(3) == 0) {
                told.add(answers);
            }
        }
        return told;
    }

    @Test
    void nobodyWaitsForEverAndNobodyTakesWhatWasToldToOthers() {
        System.out.println("seed " + SEED);
        Random random = new Random(SEED);
        for (int round = 0; round < 20_000; round++) {
            List<Boolean> subscriptions = new ArrayList<>();
            int running = 0;
            for (int i = random.nextInt(8); i >= 0; i--) {
                boolean more = running == 0 || random.nextInt(3) == 0;
                subscriptions.add(more);
                running += more ? 1 : -1;
            }
            Conversation end = interleaved(subscriptions, told(subscriptions, random), random);
            if (running > 0) {
                assertThat(end).as("%s", subscriptions).isNotNull();
                assertThat(end.state()).as("%s", subscriptions).isEqualTo(Conversation.State.TOLD);
            } else if (end != null) {
                // What came after its question had ended is kept; no later question takes it for its own.
                assertThat(end.state()).as("%s", subscriptions).isEqualTo(Conversation.State.EARLY);
                assertThat(Conversation.subscribed(end, subscriptions.size()).state())
                        .isEqualTo(Conversation.State.AWAITED);
            }
        }
    }

    /** Each topic in its order, the two of them in any; after each record the one rule is asked for. */
    private static @Nullable Conversation interleaved(List<Boolean> subscriptions, List<Long> told, Random random) {
        String kept = null;
        int running = 0;
        int question = 0;
        int answer = 0;
        long began = Answered.NONE;
        long heard = Answered.NONE;
        while (question < subscriptions.size() || answer < told.size()) {
            boolean ask = answer == told.size() || question < subscriptions.size() && random.nextBoolean();
            Conversation before = Conversation.of(kept);
            Conversation after;
            if (!ask) {
                heard = told.get(answer++);
                after = Conversation.told(before, heard);
            } else if (subscriptions.get(question)) {
                began = running == 0 ? question : began;
                running++;
                after = Conversation.subscribed(before, question++);
            } else {
                running--;
                after = running == 0 ? Conversation.ended(before, question) : before;
                question++;
            }
            if (running > 0) {
                assertThat(after).isNotNull();
                assertThat(after.state())
                        .as("%s and %s, after %d and %d", subscriptions, told, question, answer)
                        .isEqualTo(heard >= began ? Conversation.State.TOLD : Conversation.State.AWAITED);
            }
            kept = after == null ? null : after.text();
        }
        return Conversation.of(kept);
    }

    @Test
    void whatTheFirstVersionKeptIsUnderstood() {
        assertThat(Conversation.of("")).isEqualTo(new Conversation(Conversation.State.AWAITED, Answered.NONE));
        assertThat(Conversation.of("told")).isEqualTo(new Conversation(Conversation.State.TOLD, Answered.NONE));
        // A lineage topology of the first version does not say what it answers.
        assertThat(Conversation.told(Conversation.of(""), Answered.NONE))
                .isEqualTo(new Conversation(Conversation.State.TOLD, Answered.NONE));
    }
}
