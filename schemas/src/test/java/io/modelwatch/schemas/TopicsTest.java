package io.modelwatch.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicsTest {

    @Test
    void namesCarryPrefixAndVersion() {
        Topics topics = new Topics("acme.modelwatch");

        assertThat(topics.name(Topics.MBOMS)).isEqualTo("acme.modelwatch.mboms.v1");
        assertThat(topics.registrySubject(Topics.MBOMS)).isEqualTo("acme.modelwatch.mboms.v1-value");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "Model", ".m", "-m", "a b", "a/b", "ä", "a\n"})
    void illegalPrefixesAreRefused(String prefix) {
        assertThatThrownBy(() -> new Topics(prefix))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("topic prefix");
    }

    @Test
    void aPrefixHasALimit() {
        assertThat(new Topics("a".repeat(100)).prefix()).hasSize(100);
        assertThatThrownBy(() -> new Topics("a".repeat(101))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void entitiesAreUniqueAndKeyedTopicsHaveTheSamePartitions() {
        assertThat(Topics.all())
                .extracting(Topic::entity)
                .doesNotHaveDuplicates()
                .allMatch(e -> e.matches("[a-z-]+"));
        assertThat(Topics.all()).extracting(Topic::partitions).containsOnly(Topics.PARTITIONS);
    }

    @Test
    void settingsInKafkasSpelling() {
        assertThat(Topics.CHANGES.settings())
                .containsExactly(entry("cleanup.policy", "delete"), entry("retention.ms", "-1"));
        assertThat(Topics.MBOMS.settings())
                .containsExactly(entry("cleanup.policy", "compact"), entry("min.compaction.lag.ms", "604800000"));
        assertThat(Topics.ALERTS.settings())
                .containsExactly(
                        entry("cleanup.policy", "compact,delete"),
                        entry("retention.ms", "34560000000"),
                        entry("min.compaction.lag.ms", "604800000"));
    }
}
