package io.modelwatch.app.role;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class RestoreProgressTest {

    private final RestoreProgress progress = new RestoreProgress();
    private final TopicPartition one = new TopicPartition("changelog", 0);
    private final TopicPartition two = new TopicPartition("changelog", 1);

    @Test
    void itCountsWhatIsLeftOfAllStores() {
        assertThat(progress.active()).isFalse();
        progress.onRestoreStart(one, "store", 10, 110);
        progress.onRestoreStart(two, "store", 0, 50);
        progress.onBatchRestored(one, "store", 40, 30);
        assertThat(progress.active()).isTrue();
        assertThat(progress.remaining()).isEqualTo(120);

        progress.onRestoreEnd(one, "store", 100);
        // Marks of transactions are no records: the count is never below nothing.
        progress.onBatchRestored(two, "store", 60, 60);
        assertThat(progress.remaining()).isZero();
        assertThat(progress.active()).isTrue();

        progress.onRestoreSuspended(two, "store", 60);
        assertThat(progress.active()).isFalse();
    }
}
