package io.modelwatch.bench.lineage;

import io.modelwatch.schemas.avro.ParentRef;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A graph of models and their parents with the distributions of a real hub, hazards included: relations, fan-out, depth,
 * many parents, self-references, cycles and deletions. Only the numbers below are taken from there: they were measured on
 * 178,900 edges that authors declared on Hugging Face between March and July 2025, as recorded by
 * {@code MSC-empirical/msc-empirical} (commit cf92cec04326), {@code hakanotal/hf-dep-network-analysis} (5f6e81b0603d) and
 * {@code hamidahoderinwale/model_metadata_analyses} (6113c0e21f60). The same seed gives the same graph.
 *
 * <p>Models are numbered from 0; a number stands for its id, so that a million of them fit into a small heap.
 */
final class HubGenerator {

    /** Models that have no parent, of all: they are only named as parents. */
    static final double ROOTS = 14_113.0 / 179_929;

    /** Number of models by depth, from 1 on: steps to the farthest ancestor. */
    static final List<Integer> DEPTHS =
            List.of(105_663, 35_945, 17_160, 4_613, 1_121, 388, 195, 142, 83, 63, 42, 30, 16, 7, 7, 1, 1, 1, 1, 1);

    /** Number of parents that have at most so many children and more than the row before. */
    static final List<Share> FAN_OUT = List.of(
            new Share(1, 12_718),
            new Share(2, 4_663),
            new Share(3, 1_627),
            new Share(5, 1_352),
            new Share(10, 1_295),
            new Share(20, 698),
            new Share(50, 402),
            new Share(100, 194),
            new Share(200, 208),
            new Share(500, 83),
            new Share(1_000, 20),
            new Share(2_000, 8),
            new Share(5_000, 4),
            new Share(11_397, 1));

    /** Number of models that name at most so many parents and more than the row before. */
    static final List<Share> PARENTS = List.of(
            new Share(1, 161_053),
            new Share(2, 2_177),
            new Share(3, 850),
            new Share(4, 635),
            new Share(5, 444),
            new Share(6, 272),
            new Share(8, 162),
            new Share(12, 129),
            new Share(20, 59),
            new Share(36, 31),
            new Share(65, 4));

    private static final List<String> RELATIONS = List.of("finetune", "adapter", "quantized", "merge");

    /** Edges of each relation, where one parent is named. */
    static final List<Integer> OF_ONE_PARENT = List.of(69_160, 52_259, 39_600, 117);

    /** Edges of each relation, where several are. */
    static final List<Integer> OF_MANY_PARENTS = List.of(641, 31, 163, 16_929);

    /** Models that name themselves, of those that name anything. */
    static final double SELF = 352.0 / 165_816;

    /** Models that are deleted later, of those that name a parent. */
    static final double DELETED = 27_980.0 / 165_816;

    /** Members of each cycle; one cycle of 22 and three of 2 in 180,000 models. */
    static final List<Integer> CYCLES = List.of(2, 22, 2, 2);

    /** Models a cycle. */
    static final int MODELS_A_CYCLE = 45_000;

    private static final double AUTHORS = 29_567.0 / 165_816;

    /** Edges whose parent's licence is given, of all; the share of children that give one is a twentieth of it. */
    private static final double LICENSED = 46_899.0 / 178_900;

    private static final List<String> LICENSES =
            List.of("apache-2.0", "mit", "gemma", "other", "llama3.1", "llama3.2", "llama2", "llama3");
    private static final List<Integer> LICENSE_COUNTS =
            List.of(18_672, 7_056, 4_919, 3_452, 3_144, 2_968, 2_751, 1_853);

    private static final int RELATION_BITS = 2;

    /**
     * A row of a table: how many have at most some number.
     *
     * @param most the number
     * @param count how many
     */
    record Share(int most, int count) {}

    private final Random random;
    private final int size;
    /** Of each model: its parents' numbers, each with the relation in its lowest bits. */
    private final int[][] edges;

    private final byte[] licenses;
    private final boolean[] deleted;
    private final boolean[] parent;
    private int next;

    private HubGenerator(int size, long seed) {
        this.random = new Random(seed);
        this.size = size;
        this.edges = new int[size][];
        this.licenses = new byte[size];
        this.deleted = new boolean[size];
        this.parent = new boolean[size];
    }

    /** Returns a hub of so many models. */
    static HubGenerator hub(int models, long seed) {
        if (models < 100) {
            throw new IllegalArgumentException(models + " models are no hub: give at least 100");
        }
        HubGenerator hub = new HubGenerator(models, seed);
        for (int cycle = 0; cycle < models / MODELS_A_CYCLE; cycle++) {
            hub.cycle(CYCLES.get(cycle % CYCLES.size()));
        }
        int self = (int) Math.round(SELF * models);
        for (int i = 0; i < self; i++) {
            int model = hub.next++;
            hub.edges[model] = new int[] {hub.edge(model, OF_ONE_PARENT)};
        }
        int roots = (int) Math.round(ROOTS * models);
        hub.levels(roots, models - roots - hub.next, DEPTHS);
        hub.finish();
        return hub;
    }

    /**
     * Returns one root with so many derivatives.
     *
     * @param levels number of models by depth, in proportion
     */
    static HubGenerator family(int derivatives, List<Integer> levels, long seed) {
        HubGenerator family = new HubGenerator(1 + derivatives, seed);
        family.levels(1, derivatives, levels);
        family.finish();
        return family;
    }

    int size() {
        return size;
    }

    static String id(int model, int authors) {
        return "pkg:huggingface/author%d/model-%07d-7b-instruct-v1".formatted(model * 31L % authors, model);
    }

    /** Returns the package URL of a model. */
    String id(int model) {
        return id(model, Math.max(1, (int) (AUTHORS * size)));
    }

    List<ParentRef> parents(int model) {
        List<ParentRef> parents = new ArrayList<>();
        for (int edge : edges[model]) {
            parents.add(new ParentRef(id(edge >> RELATION_BITS), RELATIONS.get(edge & ((1 << RELATION_BITS) - 1))));
        }
        return parents;
    }

    int[] parentNumbers(int model) {
        return Arrays.stream(edges[model]).map(edge -> edge >> RELATION_BITS).toArray();
    }

    @Nullable
    String license(int model) {
        return licenses[model] == 0 ? null : LICENSES.get(licenses[model] - 1);
    }

    boolean isDeleted(int model) {
        return deleted[model];
    }

    /** True where another model names it as parent. */
    boolean isParent(int model) {
        return parent[model];
    }

    /** Returns the numbers of all models in an order of chance: a hub's models are not seen parents first. */
    int[] order() {
        int[] order = new int[size];
        for (int i = 0; i < size; i++) {
            order[i] = i;
        }
        for (int i = size - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int one = order[i];
            order[i] = order[other];
            order[other] = one;
        }
        return order;
    }

    private void cycle(int length) {
        int first = next;
        for (int i = 0; i < length; i++) {
            edges[next++] = new int[] {edge(first + (i + 1) % length, OF_MANY_PARENTS)};
        }
    }

    private void levels(int roots, int children, List<Integer> shares) {
        int above = next;
        for (int i = 0; i < roots; i++) {
            edges[next++] = new int[0];
        }
        int firstChild = next;
        double left = shares.stream().mapToInt(Integer::intValue).sum();
        int rest = children;
        for (int share : shares) {
            int count = (int) Math.round(share / left * rest);
            left -= share;
            rest -= count;
            if (count > 0) {
                int from = next;
                level(above, from, count);
                others(firstChild, from, count);
                above = from;
            }
        }
    }

    /** Gives each of the next models its first parent on the level above. */
    private void level(int above, int from, int count) {
        int width = from - above;
        int[] candidates = new int[width];
        for (int i = 0; i < width; i++) {
            int j = random.nextInt(i + 1);
            candidates[i] = candidates[j];
            candidates[j] = above + i;
        }
        int used = 0;
        while (next < from + count) {
            // Where the level above is used up, who has many children has more.
            int one = used < width ? candidates[used++] : edges[from + random.nextInt(next - from)][0] >> RELATION_BITS;
            int fanOut = used < width ? draw(FAN_OUT) : 1;
            for (int i = 0; i < fanOut && next < from + count; i++) {
                edges[next++] = new int[] {edge(one, OF_ONE_PARENT)};
            }
        }
    }

    /** Gives some of a level's models more parents: of those that have children on this level or one above. */
    private void others(int firstChild, int from, int count) {
        for (int model = from; model < from + count; model++) {
            int parents = draw(PARENTS);
            if (parents == 1) {
                continue;
            }
            int[] all = new int[parents];
            all[0] = edge(edges[model][0] >> RELATION_BITS, OF_MANY_PARENTS);
            int found = 1;
            for (int i = 0; i < 4 * parents && found < parents; i++) {
                int other = edges[firstChild + random.nextInt(from + count - firstChild)][0] >> RELATION_BITS;
                if (Arrays.stream(all, 0, found).noneMatch(edge -> edge >> RELATION_BITS == other)) {
                    all[found++] = edge(other, OF_MANY_PARENTS);
                }
            }
            edges[model] = found == 1 ? edges[model] : Arrays.copyOf(all, found);
        }
    }

    private void finish() {
        for (int model = 0; model < size; model++) {
            boolean root = edges[model].length == 0;
            if (random.nextDouble() < (root ? LICENSED : LICENSED / 20)) {
                licenses[model] = (byte) (1 + pick(LICENSE_COUNTS));
            }
            deleted[model] = !root && random.nextDouble() < DELETED;
            for (int edge : edges[model]) {
                parent[edge >> RELATION_BITS] |= edge >> RELATION_BITS != model;
            }
        }
    }

    private int edge(int to, List<Integer> relations) {
        return to << RELATION_BITS | pick(relations);
    }

    private int pick(List<Integer> counts) {
        int at = random.nextInt(counts.stream().mapToInt(Integer::intValue).sum());
        int i = 0;
        while (at >= counts.get(i)) {
            at -= counts.get(i++);
        }
        return i;
    }

    /** Draws a number: a row by its count, then within the row with a density that falls as the number grows. */
    private int draw(List<Share> table) {
        int row = pick(table.stream().map(Share::count).toList());
        int least = row == 0 ? 1 : table.get(row - 1).most() + 1;
        int most = table.get(row).most();
        return (int) Math.floor(least * Math.pow((most + 1.0) / least, random.nextDouble()));
    }
}
