package io.modelwatch.bench.lineage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is generated has the distributions that were measured, at the size at which they were measured. */
class HubGeneratorTest {

    private static final int MODELS = 179_929;

    @ParameterizedTest
    @ValueSource(longs = {1, 20261125})
    void shouldHaveTheDistributionsOfTheHub(long seed) {
        HubGenerator hub = HubGenerator.hub(MODELS, seed);
        int[] children = new int[MODELS];
        int edges = 0;
        Map<String, Integer> relations = new HashMap<>();
        for (int model = 0; model < MODELS; model++) {
            for (int parent : hub.parentNumbers(model)) {
                children[parent]++;
                edges++;
            }
            hub.parents(model).forEach(parent -> relations.merge(parent.getRelation(), 1, Integer::sum));
        }
        int[] depth = depths(hub);

        assertThat(edges).as("edges").isCloseTo(178_817, within(3_000));
        assertThat(relations.get("finetune") / (double) edges).isCloseTo(0.390, within(0.01));
        assertThat(relations.get("adapter") / (double) edges).isCloseTo(0.292, within(0.01));
        assertThat(relations.get("quantized") / (double) edges).isCloseTo(0.222, within(0.01));
        assertThat(relations.get("merge") / (double) edges).isCloseTo(0.095, within(0.01));

        int parents = count(children, number -> number > 0);
        assertThat(parents).as("parents").isCloseTo(23_273, within(3_000));
        assertThat(count(children, number -> number == 1) / (double) parents).isCloseTo(0.546, within(0.04));
        assertThat(count(children, number -> number > 10) / (double) parents).isCloseTo(0.0695, within(0.02));
        assertThat(count(children, number -> number > 100) / (double) parents).isCloseTo(0.0139, within(0.005));
        assertThat(Arrays.stream(children).max().orElse(0))
                .as("largest fan-out")
                .isBetween(1_000, 30_000);

        int named = (int) IntStream.range(0, MODELS)
                .filter(model -> hub.parentNumbers(model).length > 0)
                .count();
        assertThat(named).as("models with parents").isCloseTo(165_816, within(500));
        assertThat(count(depth, number -> number == 1) / (double) named).isCloseTo(0.637, within(0.02));
        assertThat(count(depth, number -> number == 2) / (double) named).isCloseTo(0.217, within(0.02));
        assertThat(count(depth, number -> number == 3) / (double) named).isCloseTo(0.103, within(0.02));
        assertThat(count(depth, number -> number > 3) / (double) named).isCloseTo(0.041, within(0.02));
        assertThat(Arrays.stream(depth).max().orElse(0)).as("deepest").isBetween(15, 22);

        int several = (int) IntStream.range(0, MODELS)
                .filter(model -> hub.parentNumbers(model).length > 1)
                .count();
        assertThat(several).as("several parents").isCloseTo(4_763, within(700));
        assertThat(IntStream.range(0, MODELS)
                        .map(model -> hub.parentNumbers(model).length)
                        .max()
                        .orElse(0))
                .as("most parents")
                .isBetween(26, 65);
        assertThat(IntStream.range(0, MODELS)
                        .filter(model -> Arrays.stream(hub.parentNumbers(model)).anyMatch(one -> one == model))
                        .count())
                .as("self-references")
                .isCloseTo(352, within(40L));
        assertThat(IntStream.range(0, MODELS).filter(hub::isDeleted).count())
                .as("deleted")
                .isCloseTo(27_980, within(800L));
    }

    @Test
    void shouldCloseCycles() {
        HubGenerator hub = HubGenerator.hub(MODELS, 3);
        // The first of them has two members.
        assertThat(hub.parentNumbers(hub.parentNumbers(0)[0])).containsExactly(0);
        int at = 2;
        for (int step = 0; step < 22; step++) {
            at = hub.parentNumbers(at)[0];
        }
        assertThat(at).isEqualTo(2);
    }

    @Test
    void shouldPutEveryMemberOfAFamilyUnderItsRoot() {
        List<Integer> levels = HubGenerator.DEPTHS.subList(0, 10);
        HubGenerator family = HubGenerator.family(10_000, levels, 5);
        int[] depth = depths(family);
        assertThat(family.size()).isEqualTo(10_001);
        assertThat(count(depth, number -> number == 0)).as("roots").isEqualTo(1);
        assertThat(Arrays.stream(depth).max().orElse(0)).isBetween(5, 10);
    }

    @Test
    void shouldGiveTheSameForTheSameSeed() {
        HubGenerator one = HubGenerator.hub(2_000, 7);
        HubGenerator same = HubGenerator.hub(2_000, 7);
        HubGenerator other = HubGenerator.hub(2_000, 8);
        List<Integer> models = IntStream.range(0, 2_000).boxed().toList();
        assertThat(models).allSatisfy(model -> {
            assertThat(one.parents(model)).isEqualTo(same.parents(model));
            assertThat(one.license(model)).isEqualTo(same.license(model));
        });
        assertThat(one.order()).isEqualTo(same.order());
        assertThat(models).anySatisfy(model -> assertThat(one.parents(model)).isNotEqualTo(other.parents(model)));
    }

    @Test
    void shouldRefuseWhatIsNoHub() {
        assertThatThrownBy(() -> HubGenerator.hub(10, 1)).hasMessageContaining("at least 100");
    }

    /** Steps to the farthest ancestor, each by its shortest path. */
    private static int[] depths(HubGenerator hub) {
        int[] depths = new int[hub.size()];
        for (int model = 0; model < depths.length; model++) {
            Map<Integer, Integer> found = new HashMap<>(Map.of(model, 0));
            Deque<Integer> queue = new ArrayDeque<>(List.of(model));
            while (!queue.isEmpty()) {
                int at = queue.remove();
                for (int parent : hub.parentNumbers(at)) {
                    if (!found.containsKey(parent)) {
                        found.put(parent, found.get(at) + 1);
                        depths[model] = Math.max(depths[model], found.get(parent));
                        queue.add(parent);
                    }
                }
            }
        }
        return depths;
    }

    private static int count(int[] numbers, IntPredicate those) {
        return (int) Arrays.stream(numbers).filter(those).count();
    }
}
