package io.modelwatch.streams.lineage;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.schemas.avro.Ancestor;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.ParentRef;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same facts in any order, with any interleaving of the messages between models, end in the same ancestry. */
class LineageOrderTest {

    private static final List<String> RELATIONS =
            List.of("finetune", "adapter", "quantized", "merge", "distilled", "continued", "unknown");
    private static final List<String> LICENSES = List.of("mit", "apache-2.0", "llama3", "gpl-3.0", "other");
    private static final long MOST = 3_000_000;

    @ParameterizedTest
    @ValueSource(longs = {20261125, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
    void shouldEndInTheSameAncestryWhateverTheOrder(long seed) throws IOException {
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<Told> told = history(random);
        Map<String, Told> last = new HashMap<>();
        told.forEach(one -> last.put(one.id(), one));
        Closure closure = new Closure(last);
        String expected = null;
        for (int run = 0; run < 8; run++) {
            Network network = new Network(random, 1 + random.nextInt(4), LineageConfig.shipped(), Limits.DEFAULT);
            for (Told one : run == 0 ? told : interleaved(told, random)) {
                network.tell(one);
                for (int i = random.nextInt(run == 1 ? 1 : 40); i > 0; i--) {
                    if (network.messages < MOST && random.nextBoolean()) {
                        deliverIfAny(network);
                    }
                }
            }
            network.settle(MOST);
            check(network, closure);
            String bytes = bytes(network.lineage);
            expected = expected == null ? bytes : expected;
            assertThat(bytes).as("seed %d, run %d", seed, run).isEqualTo(expected);
        }
    }

    @Test
    void shouldNotCountToInfinityWhenTheOnlyRootOfACycleGoes() {
        for (long seed = 0; seed < 50; seed++) {
            Network network = new Network(new Random(seed), 3, LineageConfig.shipped(), Limits.DEFAULT);
            network.tell(Told.model(1, "pkg:x/a", null, "pkg:x/b", "pkg:x/root"));
            network.tell(Told.model(2, "pkg:x/b", null, "pkg:x/c"));
            network.tell(Told.model(3, "pkg:x/c", null, "pkg:x/a"));
            network.tell(Told.model(4, "pkg:x/root", null, "pkg:x/older"));
            network.settle(10_000);
            long before = network.messages;
            network.tell(Told.model(5, "pkg:x/a", null, "pkg:x/b"));
            network.settle(100);
            assertThat(network.lineage.get("pkg:x/b").getAncestry())
                    .extracting(Ancestor::getId)
                    .containsExactly("pkg:x/c", "pkg:x/a");
            assertThat(network.messages - before).isLessThan(40);
        }
    }

    @Test
    void shouldTouchOnlyWhatIsAffected() {
        Network network = new Network(new Random(1), 4, LineageConfig.shipped(), Limits.DEFAULT);
        network.tell(Told.model(1, "pkg:x/root", "mit"));
        for (int i = 0; i < 2_000; i++) {
            network.tell(Told.model(10 + i, "pkg:x/m" + i, "mit", i < 10 ? "pkg:x/root" : "pkg:x/m" + i / 10));
        }
        network.settle(MOST);
        long messages = network.messages;
        long published = network.published;

        network.tell(Told.model(5_000, "pkg:x/m1999", "apache-2.0", "pkg:x/m199"));
        network.settle(MOST);
        assertThat(network.messages - messages).as("a leaf changes").isEqualTo(1);
        assertThat(network.published - published).isEqualTo(1);

        network.tell(Told.model(5_000, "pkg:x/m1999", "apache-2.0", "pkg:x/m199"));
        network.settle(MOST);
        assertThat(network.published - published).as("nothing changes").isEqualTo(1);

        network.tell(Told.model(5_001, "pkg:x/root", "llama3"));
        network.settle(MOST);
        assertThat(network.published - published).as("the root changes").isEqualTo(1 + 2_001);
    }

    @Test
    void shouldKeepNothingOfWhatIsGoneAndNeededNoMore() {
        Network network = new Network(new Random(7), 2, LineageConfig.shipped(), Limits.DEFAULT);
        network.tell(Told.model(1, "pkg:x/a", "mit", "pkg:x/b", "pkg:x/never"));
        network.tell(Told.model(2, "pkg:x/b", "mit", "pkg:x/a"));
        network.settle(MOST);
        network.tell(Told.gone(3, "pkg:x/b"));
        network.settle(MOST);
        assertThat(network.lineage).containsOnlyKeys("pkg:x/a", "pkg:x/b", "pkg:x/never");
        assertThat(network.lineage.get("pkg:x/a").getCycle()).isEmpty();
        network.tell(Told.gone(4, "pkg:x/a"));
        network.settle(MOST);

        assertThat(network.lineage).isEmpty();
        assertThat(network.entries(LineageTopology.HEARD)).isZero();
        assertThat(network.entries(LineageTopology.CHILDREN)).isZero();
        assertThat(network.entries(LineageTopology.RECORDS)).isZero();
        assertThat(network.entries(LineageTopology.STATES))
                .as("two that were known")
                .isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 22, 50, 64})
    void shouldCutACycleAtOnePlaceAndReportItToEveryMember(int length) {
        Network network = new Network(new Random(length), 4, LineageConfig.shipped(), Limits.DEFAULT);
        for (int i = 0; i < length; i++) {
            network.tell(Told.model(i, name(i), "mit", name((i + 1) % length)));
        }
        network.tell(Told.model(100, "pkg:x/leaf", "mit", name(length / 2)));
        network.settle(MOST);
        for (int i = 0; i < length; i++) {
            Lineage one = network.lineage.get(name(i));
            assertThat(one.getCycle()).hasSize(length).startsWith(name(0));
            assertThat(one.getRoot()).isEqualTo(i == 0);
            assertThat(one.getAncestry()).hasSize(length - 1);
        }
        assertThat(network.lineage.get("pkg:x/leaf").getOrigins())
                .singleElement()
                .satisfies(origin -> assertThat(origin.getModel()).isEqualTo(name(0)));
    }

    @Test
    void shouldBoundAChainOfAThousandAndSaySo() {
        Random random = new Random(42);
        Network network = new Network(random, 4, LineageConfig.shipped(), Limits.DEFAULT);
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            order.add(i);
        }
        Collections.shuffle(order, random);
        for (int i : order) {
            network.tell(i == 999 ? Told.model(i, name(i), "mit") : Told.model(i, name(i), "mit", name(i + 1)));
        }
        network.settle(MOST);
        assertThat(network.lineage).hasSize(1_000);
        assertThat(network.lineage.get(name(0)).getAncestry()).hasSize(64);
        assertThat(network.lineage.get(name(0)).getTruncated()).isTrue();
        assertThat(network.lineage.get(name(934)).getTruncated()).isTrue();
        assertThat(network.lineage.get(name(935)).getTruncated()).isFalse();
        assertThat(network.lineage.get(name(935)).getAncestry()).hasSize(64);
    }

    @Test
    void shouldBoundAParentListOfTenThousandAndSaySoToEveryDescendant() throws IOException {
        String[] parents = new String[10_000];
        for (int i = 0; i < parents.length; i++) {
            parents[i] = "merge " + name(i);
        }
        Network network = new Network(new Random(3), 2, LineageConfig.shipped(), Limits.DEFAULT);
        network.tell(Told.model(1, "pkg:x/merge", "mit", parents));
        network.tell(Told.model(2, "pkg:x/leaf", "mit", "quantized pkg:x/merge"));
        network.settle(MOST);
        assertThat(network.lineage.get("pkg:x/merge").getAncestry()).hasSize(100);
        assertThat(network.lineage.get("pkg:x/merge").getTruncated()).isTrue();
        assertThat(network.lineage.get("pkg:x/leaf").getTruncated()).isTrue();
    }

    @Test
    void shouldStayFarBelowAMebibyteAtEveryLimit() throws IOException {
        String filler = "x".repeat(240);
        List<String> datasets = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            datasets.add("dataset-of-a-considerable-length-" + i);
        }
        Network network = new Network(new Random(3), 2, LineageConfig.shipped(), Limits.DEFAULT);
        String[] wide = new String[100];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = "pkg:x/w" + i + filler;
            String[] above = new String[6];
            for (int j = 0; j < above.length; j++) {
                above[j] = wide[i] + "-" + j;
                network.tell(Told.model(i, above[j], "mit").with(datasets));
            }
            network.tell(Told.model(i, wide[i], "mit", above).with(datasets));
        }
        network.tell(Told.model(1, "pkg:x/merge", "mit", wide));
        network.tell(Told.model(2, "pkg:x/leaf", "mit", "pkg:x/merge"));
        network.settle(MOST);
        Lineage leaf = network.lineage.get("pkg:x/leaf");
        assertThat(leaf.getTruncated()).isTrue();
        assertThat(leaf.getAncestry()).hasSizeGreaterThan(300);
        assertThat(Lineage.getEncoder().encode(leaf).remaining()).isBetween(300_000, 700_000);
        assertThat(network.largest).isBetween(300_000, 700_000);
    }

    @Test
    void shouldCutTheSameAncestorsWhateverTheOrder() throws IOException {
        long seed = 99;
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<Told> told = history(random);
        Limits tight = new Limits(7, 4, 300);
        String expected = null;
        for (int run = 0; run < 12; run++) {
            Network network = new Network(random, 3, LineageConfig.shipped(), tight);
            interleaved(told, random).forEach(network::tell);
            network.settle(MOST);
            String bytes = bytes(network.lineage);
            expected = expected == null ? bytes : expected;
            assertThat(bytes).as("run %d", run).isEqualTo(expected);
            for (Lineage one : network.lineage.values()) {
                assertThat(one.getAncestry()).hasSizeLessThanOrEqualTo(7).allMatch(a -> a.getDepth() <= 4);
            }
        }
    }

    /** Never needed by the build: {@code -Dmodelwatch.lineage.edges=FILE}, in the CSV form child,parent,relation,… */
    @Test
    @EnabledIfSystemProperty(named = "modelwatch.lineage.edges", matches = ".+")
    void shouldAgreeOnRecordedEdges() throws IOException {
        Map<String, List<ParentRef>> edges = new LinkedHashMap<>();
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(Path.of(System.getProperty("modelwatch.lineage.edges")))),
                StandardCharsets.UTF_8))) {
            reader.readLine();
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                String[] cells = line.split(",", -1);
                edges.computeIfAbsent("pkg:huggingface/" + cells[0], id -> new ArrayList<>())
                        .add(new ParentRef("pkg:huggingface/" + cells[1], cells[2]));
            }
        }
        Map<String, Told> last = new HashMap<>();
        List<Told> told = new ArrayList<>();
        edges.forEach((id, parents) -> {
            Told one = new Told(id, false, parents, Confidence.DECLARED, null, List.of(), null, told.size());
            told.add(one);
            last.put(id, one);
        });
        Closure closure = new Closure(last);
        String expected = null;
        for (long seed : new long[] {1, 2}) {
            Random random = new Random(seed);
            Network network = new Network(random, 4, LineageConfig.shipped(), Limits.DEFAULT);
            Collections.shuffle(told, random);
            long start = System.nanoTime();
            told.forEach(network::tell);
            network.settle(100_000_000L);
            System.out.printf(
                    "seed %d: %d models with parents, %d messages, %d advertisements, %d records published, %d kept, %.1f s%n",
                    seed,
                    told.size(),
                    network.messages,
                    network.advertised,
                    network.published,
                    network.lineage.size(),
                    (System.nanoTime() - start) / 1e9);
            check(network, closure);
            System.out.printf(
                    "largest ancestry %d, deepest %d, in a cycle %d, truncated %d%n",
                    network.lineage.values().stream()
                            .mapToInt(l -> l.getAncestry().size())
                            .max()
                            .orElse(0),
                    network.lineage.values().stream()
                            .flatMap(l -> l.getAncestry().stream())
                            .mapToInt(Ancestor::getDepth)
                            .max()
                            .orElse(0),
                    network.lineage.values().stream()
                            .filter(l -> !l.getCycle().isEmpty())
                            .count(),
                    network.lineage.values().stream()
                            .filter(Lineage::getTruncated)
                            .count());
            String bytes =
                    io.modelwatch.schemas.Ids.sha256(bytes(network.lineage).getBytes(StandardCharsets.UTF_8));
            expected = expected == null ? bytes : expected;
            assertThat(bytes).isEqualTo(expected);
        }
    }

    /** Holds every record against plain search. */
    private static void check(Network network, Closure closure) {
        Set<String> models = closure.models();
        assertThat(network.lineage.keySet().equals(models))
                .as("as many records as models")
                .isTrue();
        for (String model : models) {
            Lineage one = network.lineage.get(model);
            List<String> is = new ArrayList<>();
            for (Ancestor ancestor : one.getAncestry()) {
                List<String> path = ancestor.getPath().stream()
                        .map(step -> step.getRelation() + ":" + step.getId())
                        .toList();
                is.add(ancestor.getId() + " " + ancestor.getDepth() + " " + path + " " + ancestor.getConfidence() + " "
                        + ancestor.getKnown() + " " + ancestor.getRelation());
            }
            List<String> should = new ArrayList<>();
            closure.paths(model)
                    .forEach((id, path) -> should.add(id + " " + path.size() + " " + path + " "
                            + closure.confidence(model, path) + " " + closure.known(id) + " "
                            + path.getFirst().substring(0, path.getFirst().indexOf(':'))));
            assertThat(is).as(model).isEqualTo(should);
            assertThat(one.getCycle()).as(model).isEqualTo(closure.cycle(model));
            assertThat(one.getKnown()).isEqualTo(closure.known(model));
            assertThat(one.getRoot()).as(model).isEqualTo(closure.root(model));
            List<String> roots = new ArrayList<>();
            if (one.getRoot()) {
                roots.add(model);
            }
            one.getAncestry().stream().filter(Ancestor::getRoot).forEach(ancestor -> roots.add(ancestor.getId()));
            assertThat(one.getOrigins()).extracting(o -> o.getModel()).isEqualTo(roots);
            assertThat(one.getTruncated()).isFalse();
        }
        for (Lineage one : network.lineage.values()) {
            for (Ancestor ancestor : one.getAncestry()) {
                Lineage of = network.lineage.get(ancestor.getId());
                assertThat(ancestor.getRoot()).isEqualTo(of.getRoot());
                assertThat(ancestor.getCyclic()).isEqualTo(!of.getCycle().isEmpty());
                assertThat(ancestor.getLicense()).isEqualTo(of.getLicense());
                assertThat(ancestor.getDatasets()).isEqualTo(of.getDatasets());
                assertThat(ancestor.getRemoved()).isEqualTo(of.getRemoved());
                assertThat(ancestor.getCause()).isEqualTo(of.getCause());
            }
        }
    }

    private static String bytes(TreeMap<String, Lineage> lineage) throws IOException {
        StringBuilder all = new StringBuilder();
        for (Lineage one : lineage.values()) {
            all.append(one.getModel())
                    .append(' ')
                    .append(Base64.getEncoder()
                            .encodeToString(Lineage.getEncoder().encode(one).array()))
                    .append('\n');
        }
        return all.toString();
    }

    private static void deliverIfAny(Network network) {
        if (network.busy()) {
            network.deliver();
        }
    }

    /** Another order of the same facts: that of different models is shuffled, that of one model is kept. */
    private static List<Told> interleaved(List<Told> told, Random random) {
        Map<String, List<Told>> byModel = new LinkedHashMap<>();
        told.forEach(one ->
                byModel.computeIfAbsent(one.id(), id -> new ArrayList<>()).add(one));
        List<String> slots = new ArrayList<>();
        told.forEach(one -> slots.add(one.id()));
        Collections.shuffle(slots, random);
        Map<String, Integer> at = new HashMap<>();
        List<Told> order = new ArrayList<>();
        for (String slot : slots) {
            int next = at.merge(slot, 1, Integer::sum) - 1;
            order.add(byModel.get(slot).get(next));
        }
        return order;
    }

    /** Facts in the order they were said, with the hazards that are measured on a real hub. */
    private static List<Told> history(Random random) {
        List<Told> told = new ArrayList<>();
        int models = 20 + random.nextInt(40);
        int chain = 30 + random.nextInt(21);
        for (int i = 0; i < chain; i++) {
            told.add(said(random, told.size(), "pkg:x/chain" + i, List.of("pkg:x/chain" + (i + 1))));
        }
        int length = 2 + random.nextInt(21);
        for (int i = 0; i < length; i++) {
            List<String> parents = new ArrayList<>(List.of("pkg:x/ring" + (i + 1) % length));
            if (random.nextInt(6) == 0) {
                parents.add("pkg:x/chain" + random.nextInt(chain));
            }
            told.add(said(random, told.size(), "pkg:x/ring" + i, parents));
        }
        for (int event = 0; event < models * 4; event++) {
            String id = pick(random, models, chain, length);
            if (random.nextInt(8) == 0) {
                told.add(Told.gone(told.size(), id));
                continue;
            }
            if (random.nextInt(10) == 0 && !told.isEmpty()) {
                // The same again.
                told.add(told.get(random.nextInt(told.size())));
                told.add(told.getLast());
                continue;
            }
            List<String> parents = new ArrayList<>();
            int count = random.nextInt(10) == 0 ? 5 + random.nextInt(8) : random.nextInt(3);
            for (int i = 0; i < count; i++) {
                parents.add(pick(random, models, chain, length));
            }
            if (random.nextInt(12) == 0) {
                parents.add(id);
            }
            if (random.nextInt(10) == 0) {
                parents.add("pkg:x/unknown" + random.nextInt(5));
            }
            told.add(said(random, told.size(), id, parents));
        }
        return told;
    }

    private static String pick(Random random, int models, int chain, int ring) {
        int where = random.nextInt(20);
        if (where == 0) {
            return "pkg:x/chain" + random.nextInt(chain);
        }
        return where == 1 ? "pkg:x/ring" + random.nextInt(ring) : "pkg:x/m" + random.nextInt(models);
    }

    private static Told said(Random random, int serial, String id, List<String> parents) {
        List<ParentRef> refs = new ArrayList<>();
        parents.forEach(parent -> refs.add(new ParentRef(parent, RELATIONS.get(random.nextInt(RELATIONS.size())))));
        Confidence confidence = random.nextInt(4) == 0 ? Confidence.INFERRED : Confidence.DECLARED;
        return new Told(
                id,
                false,
                refs,
                refs.isEmpty() ? Confidence.UNRESOLVED : confidence,
                random.nextInt(4) == 0 ? null : LICENSES.get(random.nextInt(LICENSES.size())),
                random.nextInt(4) == 0 ? List.of("b", "a") : List.of(),
                random.nextBoolean() ? null : "owner" + random.nextInt(3),
                serial);
    }

    private static String name(int i) {
        return "pkg:x/n%05d".formatted(i);
    }
}
