package io.modelwatch.bench.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.history.reconcile.Account;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SoakResultTest {

    @Test
    void shouldCountWhatTheReconciliationMissesAndProbesAndChangesThatAreNotThere() {
        Account wrong = new Account("a -> b", 10, 1, 2, 4, List.of(), null);
        assertThat(result(0, 0, 100, 100))
                .extracting(SoakResult::lost, SoakResult::duplicated)
                .containsExactly(0L, 0L);
        assertThat(result(8, 0, 100, 84, wrong).lost()).isEqualTo(1 + 4 + 8 + 16);
        assertThat(result(0, 8, 84, 100, wrong).duplicated()).isEqualTo(2 + 8 + 16);
    }

    private static SoakResult result(int unanswered, int manifold, long changes, long committed, Account... accounts) {
        return new SoakResult(
                0,
                5000,
                1,
                List.of(),
                unanswered,
                manifold,
                changes,
                committed,
                List.of(),
                0,
                List.of(accounts),
                Map.of());
    }
}
