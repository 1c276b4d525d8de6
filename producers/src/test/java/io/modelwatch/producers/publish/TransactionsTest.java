package io.modelwatch.producers.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

/** Who may write after another has come, with producers of our own. */
class TransactionsTest {

    private final List<MockProducer<String, byte[]>> producers = new ArrayList<>();
    private final AtomicBoolean fenced = new AtomicBoolean();
    private final AtomicBoolean lost = new AtomicBoolean();

    private final Transactions transactions = new Transactions("none:1", this::producer, () -> {
        if (lost.get()) {
            throw new LostException("another has it");
        }
    });

    private MockProducer<String, byte[]> producer() {
        MockProducer<String, byte[]> producer =
                new MockProducer<>(
                        true, new RoundRobinPartitioner(), new StringSerializer(), new ByteArraySerializer()) {
                    @Override
                    public synchronized void commitTransaction() {
                        if (fenced.getAndSet(false)) {
                            throw new ProducerFencedException("another one came");
                        }
                        super.commitTransaction();
                    }
                };
        producers.add(producer);
        return producer;
    }

    private Published send(String key) {
        return transactions.send(target -> List.of(new ProducerRecord<>("t", 0, key, new byte[0])));
    }

    private List<String> written() {
        return producers.stream()
                .flatMap(producer -> producer.history().stream())
                .map(ProducerRecord::key)
                .toList();
    }

    @Test
    void shouldWriteNothingMoreOnceItWasFencedByWhoeverHasTheSourceNow() {
        assertThat(send("before").lastOffsets()).hasSize(1);
        // It slept; meanwhile another claimed the source and fenced it.
        fenced.set(true);
        lost.set(true);
        assertThatThrownBy(() -> send("zombie")).isInstanceOf(LostException.class);
        assertThatThrownBy(() -> send("zombie again")).isInstanceOf(LostException.class);
        assertThatThrownBy(transactions::renew).isInstanceOf(LostException.class);
        assertThat(written()).containsExactly("before");
        assertThat(producers).allMatch(MockProducer::closed);
    }

    @Test
    void shouldGoOnWhereItWasFencedByOneThatGaveUp() {
        fenced.set(true);
        assertThat(send("mine").lastOffsets()).hasSize(1);
        assertThat(written()).containsExactly("mine");
        assertThat(producers).hasSize(2);
    }

    @Test
    void shouldOpenAnotherProducerAfterItRested() {
        var first = send("one");
        transactions.close();
        assertThat(producers.getFirst().closed()).isTrue();
        var second = send("two");
        assertThat(first).isEqualTo(second);
        assertThat(written()).containsExactly("one", "two");
    }
}
