package io.modelwatch.streams.inference;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.FakeSchemaRegistry;
import io.modelwatch.schemas.avro.InferenceMessage;
import io.modelwatch.schemas.avro.InferenceName;
import io.modelwatch.schemas.avro.InferenceState;
import io.modelwatch.schemas.avro.NamedModel;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ParentRef;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.MockProcessorContext.CapturedForward;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

/**
 * Whatever the order in which facts and messages arrive, with repetitions, removals and re-appearances on the way: what is
 * said in the end is what the facts say, computed without any message.
 */
class InferenceOrderTest {

    private static final int RUNS = 40;
    private static final int STEPS = 60;

    private static final List<String> NAMES = List.of(
            "Qwen/Qwen2.5-7B",
            "Qwen/Qwen2.5-7B-Instruct",
            "unsloth/Qwen2.5-7B-Instruct",
            "unsloth/Qwen2.5-7B-Instruct-bnb-4bit",
            "bartowski/Qwen_Qwen2.5-7B-Instruct-GGUF",
            "acme/Qwen2.5-7B-Instruct-medical-lora",
            "acme/Qwen2.5-7B-Instruct-medical",
            "mradermacher/Qwen2.5-7B-Instruct-medical-i1-GGUF",
            "google/gemma-7b",
            "Krabat/google-gemma-7b-1724793922",
            "acme/gemma-7b-slerp");

    @Test
    void shouldEndInTheSameWhateverTheOrder() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random seeds = new Random(seed);
        int said = 0;
        for (int run = 0; run < RUNS; run++) {
            said += run(new Random(seeds.nextLong()));
        }
        // A test in which nothing is ever inferred would prove nothing.
        assertThat(said).isGreaterThan(RUNS);
    }

    private static int run(Random random) {
        Tasks tasks = new Tasks(random, 3);
        Map<String, Known> last = new TreeMap<>();
        for (int step = 0; step < STEPS; step++) {
            Known known = random(random);
            last.put(known.id(), known);
            tasks.tell(known, step);
            while (tasks.busy() && random.nextInt(4) > 0) {
                tasks.deliver();
            }
        }
        while (tasks.busy()) {
            tasks.deliver();
        }
        assertThat(tasks.claims()).isEqualTo(expected(last));
        last.keySet().forEach(id -> tasks.tell(Known.gone(id.substring("pkg:huggingface/".length())), STEPS));
        while (tasks.busy()) {
            tasks.deliver();
        }
        int said = tasks.said;
        assertThat(tasks.claims()).isEmpty();
        for (String store : List.of(
                InferenceTopology.HEARD,
                InferenceTopology.ASKERS,
                InferenceTopology.BEARERS,
                InferenceTopology.DECLARERS,
                InferenceTopology.LAST_ANSWERS)) {
            assertThat(tasks.entries(store)).as(store).isZero();
        }
        return said;
    }

    private static Known random(Random random) {
        String name = NAMES.get(random.nextInt(NAMES.size()));
        if (random.nextInt(5) == 0) {
            return Known.gone(name);
        }
        List<String> parents = new ArrayList<>();
        while (random.nextInt(3) == 0) {
            parents.add(NAMES.get(random.nextInt(NAMES.size())));
        }
        Map<String, Object> attributes = new HashMap<>();
        if (random.nextInt(4) == 0) {
            attributes.put("architecture", random.nextBoolean() ? "qwen2" : "gemma");
        }
        if (random.nextInt(8) == 0) {
            attributes.put("peft_base_model", NAMES.get(random.nextInt(NAMES.size())));
        }
        return Known.model(name, parents.toArray(String[]::new)).with(attributes);
    }

    /** The independent answer: who bears which name, and the pure function over it. */
    private static Map<String, String> expected(Map<String, Known> last) {
        Map<String, NamedModel> selves = new TreeMap<>();
        Map<String, Integer> declared = new TreeMap<>();
        for (Known known : last.values()) {
            if (known.gone()) {
                continue;
            }
            selves.put(
                    known.id(),
                    NamedModel.newBuilder()
                            .setId(known.id())
                            .setArchitecture((String) known.attributes().get("architecture"))
                            .build());
            known.parents().stream()
                    .map(ParentRef::getId)
                    .distinct()
                    .filter(id -> !id.equals(known.id()))
                    .forEach(id -> declared.merge(id, 1, Integer::sum));
        }
        Map<String, List<NamedModel>> bearers = new HashMap<>();
        declared.keySet()
                .forEach(id -> selves.computeIfAbsent(
                        id, one -> NamedModel.newBuilder().setId(one).build()));
        selves.forEach((id, self) -> {
            self.setNamed(Inference.magnitude(declared.getOrDefault(id, 0)));
            bearers.computeIfAbsent(String.valueOf(Name.of(id).key()), key -> new ArrayList<>())
                    .add(self);
        });
        Map<String, String> expected = new TreeMap<>();
        for (Known known : last.values()) {
            Guess guess = known.gone()
                    ? null
                    : Inference.verdict(known.facts(), name -> Inference.best(bearers.getOrDefault(name, List.of())));
            if (guess != null) {
                expected.put(known.id(), guess.parent() + " " + guess.basis() + " " + guess.step());
            }
        }
        return expected;
    }

    /** The tasks of the topology with the topics between them; kept is only the order of what one tells another. */
    private static final class Tasks {
        private final Random random;
        private final List<MockProcessorContext<String, SpecificRecord>> contexts = new ArrayList<>();
        private final List<InferenceProcessor> tasks = new ArrayList<>();
        private final TreeMap<String, Deque<Record<String, SpecificRecord>>> channels = new TreeMap<>();
        private final Map<String, Observation> verdicts = new TreeMap<>();
        private int said;

        Tasks(Random random, int partitions) {
            this.random = random;
            AvroSerdes serdes = new AvroSerdes(new FakeSchemaRegistry());
            for (int i = 0; i < partitions; i++) {
                Properties settings = new Properties();
                settings.put("application.id", "inference");
                settings.put("bootstrap.servers", "unused:1");
                MockProcessorContext<String, SpecificRecord> context = new MockProcessorContext<>(settings);
                store(context, InferenceTopology.MODELS, serdes.of(InferenceState.class));
                store(context, InferenceTopology.HEARD, serdes.of(InferenceMessage.class));
                store(context, InferenceTopology.BEARERS, serdes.of(InferenceName.class));
                store(context, InferenceTopology.DECLARERS, Serdes.ByteArray());
                store(context, InferenceTopology.ASKERS, Serdes.ByteArray());
                store(context, InferenceTopology.LAST_ANSWERS, serdes.of(InferenceMessage.class));
                InferenceProcessor task = new InferenceProcessor(() -> 0L);
                task.init(context);
                contexts.add(context);
                tasks.add(task);
            }
        }

        private static <V> void store(
                MockProcessorContext<String, SpecificRecord> context, String name, Serde<V> value) {
            KeyValueStore<String, V> store = Stores.keyValueStoreBuilder(
                            Stores.inMemoryKeyValueStore(name), Serdes.String(), value)
                    .withLoggingDisabled()
                    .withCachingDisabled()
                    .build();
            store.init(context.getStateStoreContext(), store);
            context.addStateStore(store);
        }

        void tell(Known known, int at) {
            Observation verdict = verdicts.get(known.id());
            Known all = verdict != null && random.nextBoolean() ? known.with(verdict) : known;
            send("facts " + known.id(), new Record<>(known.id(), all.at(at), 0L));
            if (random.nextInt(5) == 0) {
                send("facts " + known.id(), new Record<>(known.id(), known.at(at), 0L));
            }
        }

        boolean busy() {
            return !channels.isEmpty();
        }

        void deliver() {
            List<String> open = new ArrayList<>(channels.keySet());
            String channel = open.get(random.nextInt(open.size()));
            Record<String, SpecificRecord> record = channels.get(channel).remove();
            if (channels.get(channel).isEmpty()) {
                channels.remove(channel);
            }
            int task = Math.floorMod(record.key().hashCode(), tasks.size());
            tasks.get(task).process(record);
            MockProcessorContext<String, SpecificRecord> context = contexts.get(task);
            for (CapturedForward<? extends String, ? extends SpecificRecord> forward : context.forwarded()) {
                Record<String, SpecificRecord> out =
                        new Record<>(forward.record().key(), forward.record().value(), 0L);
                if (out.value() instanceof Observation observation) {
                    Observation before = verdicts.put(out.key(), observation);
                    assertThat(before == null || observation.getObservedAt().isAfter(before.getObservedAt()))
                            .isTrue();
                    assertThat(before == null || !before.getFactsDigest().equals(observation.getFactsDigest()))
                            .isTrue();
                    said++;
                } else {
                    InferenceMessage message = (InferenceMessage) out.value();
                    String to = forward.childName().orElseThrow() + " " + message.getSender() + " " + out.key();
                    send(to, out);
                    if (random.nextInt(20) == 0) {
                        send(to, out);
                    }
                }
            }
            context.resetForwards();
        }

        private void send(String channel, Record<String, SpecificRecord> record) {
            channels.computeIfAbsent(channel, one -> new ArrayDeque<>()).add(record);
        }

        Map<String, String> claims() {
            Map<String, String> claims = new TreeMap<>();
            verdicts.forEach((id, observation) -> {
                if (!observation.getModel().getParents().isEmpty()) {
                    claims.put(
                            id,
                            observation.getModel().getParents().getFirst()
                                    + " " + observation.getEvidence().getBasis() + " "
                                    + observation.getEvidence().getScore());
                }
            });
            return claims;
        }

        long entries(String store) {
            long entries = 0;
            for (MockProcessorContext<String, SpecificRecord> context : contexts) {
                KeyValueStore<String, Object> one = context.getStateStore(store);
                try (var all = one.all()) {
                    while (all.hasNext()) {
                        all.next();
                        entries++;
                    }
                }
            }
            return entries;
        }
    }
}
