package io.modelwatch.alerts.policy;

import io.modelwatch.alerts.policy.YamlDocument.Value;
import io.modelwatch.alerts.verdict.Judgement;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.DriftState;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The policies by which drifts are weighed, compiled and in their order. A pure function of a change and what is known of its
 * deployment; may be asked by several threads.
 */
public final class PolicySet {

    /** Far more than anybody reads; a file beyond it is a mistake. */
    private static final long MAX_FILE = 1 << 20;

    private static final int MAX_POLICIES = 500;

    private static final String SHIPPED_FILE = "default.yaml";
    private static final PolicySet SHIPPED = of(List.of(), true, Map.of());

    private final List<Policy> policies;
    private final Map<ChangeKind, List<Policy>> byKind = new EnumMap<>(ChangeKind.class);
    private final NavigableSet<Instant> boundaries = new TreeSet<>();
    private final Object params;

    private PolicySet(List<Policy> policies, Object params) {
        this.policies = policies.stream().sorted(Policy.ORDER).toList();
        this.params = params;
        for (ChangeKind kind : ChangeKind.values()) {
            byKind.put(
                    kind,
                    this.policies.stream()
                            .filter(policy -> policy.when().concerns(kind))
                            .toList());
        }
        for (Policy policy : policies) {
            Stream.of(Optional.ofNullable(policy.from()), Optional.ofNullable(policy.until()))
                    .flatMap(Optional::stream)
                    .forEach(boundaries::add);
        }
    }

    /**
     * One policy, for people.
     *
     * @param place file, line and column
     * @param mode {@code enforce} or {@code log}
     */
    public record Summary(
            String name,
            String version,
            String mode,
            int priority,
            boolean shipped,
            String place,
            String description) {}

    /** Returns the policies that come with modelwatch. */
    public static PolicySet shipped() {
        return SHIPPED;
    }

    /** Returns the file of those that come with modelwatch. */
    public static String shippedText() {
        try (InputStream in = PolicySet.class.getResourceAsStream(SHIPPED_FILE)) {
            if (in == null) {
                throw new IllegalStateException("the shipped policies are missing from the program");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads, compiles and checks policies.
     *
     * @param files policy files; a directory stands for its {@code .yaml} and {@code .yml} files
     * @param shipped whether those that are shipped hold too; one of a file takes the place of a shipped one of its name
     * @param params parameters that go before those of the files, by name
     * @throws PolicyException if anything is wrong, with every mistake
     */
    public static PolicySet of(List<Path> files, boolean shipped, Map<String, Object> params) {
        Problems problems = new Problems();
        Map<String, String> texts = new LinkedHashMap<>();
        for (Path file : files) {
            read(file, texts, problems);
        }
        Params values = new Params(problems);
        List<Map<String, Value>> sections = new ArrayList<>();
        // The shipped parameters are known even where the shipped policies do not hold.
        sections.add(parse("shipped " + SHIPPED_FILE, shippedText(), problems));
        texts.forEach((file, text) -> sections.add(parse(file, text, problems)));
        for (int i = 0; i < sections.size(); i++) {
            Value section = sections.get(i).get("params");
            if (section != null) {
                values.file(section, i == 0);
            }
        }
        values.configuration(params);
        PolicyReader reader = new PolicyReader(new Expressions(values.values(), problems), problems);
        Map<String, Policy> byName = new TreeMap<>();
        for (int i = 0; i < sections.size(); i++) {
            boolean own = i > 0;
            if (!own && !shipped) {
                continue;
            }
            for (Policy policy : reader.policies(sections.get(i).get("policies"), !own)) {
                Policy before = byName.put(policy.name(), policy);
                if (before != null && before.shipped() == policy.shipped()) {
                    problems.add(
                            policy.place(),
                            "the name " + policy.name() + " is taken by the policy in " + before.place()
                                    + "; give each its own");
                }
            }
        }
        if (byName.size() > MAX_POLICIES) {
            problems.add(new Place("policies", 0, 0), "there are more than " + MAX_POLICIES);
        }
        problems.throwIfAny();
        return new PolicySet(
                List.copyOf(byName.values()), Vocabulary.params(values.values()).of(values.values()));
    }

    private static Map<String, Value> parse(String file, String text, Problems problems) {
        Value root = YamlDocument.read(file, text, problems);
        return root == null ? Map.of() : root.map("a policy file", PolicyReader.FILE_KEYS);
    }

    private static void read(Path path, Map<String, String> into, Problems problems) {
        Place place = new Place(path.toString(), 0, 0);
        try {
            if (Files.isDirectory(path)) {
                try (Stream<Path> list = Files.list(path)) {
                    list.filter(file -> file.toString().matches(".*\\.ya?ml"))
                            .sorted(Comparator.comparing(Path::toString))
                            .forEach(file -> read(file, into, problems));
                }
            } else if (Files.size(path) > MAX_FILE) {
                problems.add(place, "is larger than 1 MiB; split it");
            } else {
                into.put(path.toString(), Files.readString(path));
            }
        } catch (NoSuchFileException e) {
            problems.add(place, "does not exist");
        } catch (IOException e) {
            problems.add(place, "cannot be read: " + e.getMessage());
        }
    }

    /** Returns every policy, in the order in which they are asked. */
    public List<Summary> summaries() {
        return policies.stream()
                .map(policy -> new Summary(
                        policy.name(),
                        policy.version(),
                        policy.log() ? "log" : "enforce",
                        policy.priority(),
                        policy.shipped(),
                        policy.place().toString(),
                        policy.description()))
                .toList();
    }

    /**
     * Weighs one change that is a drift.
     *
     * @param state what is known of its deployment by now
     * @param judgement the change
     * @param now the time at which it is judged: only policies in force then are asked
     * @param grace where no policy sets one
     * @param acceptBaseline where no policy says it: whether a first sighting raises nothing
     */
    public Decision decide(DriftState state, Judgement judgement, Instant now, Duration grace, boolean acceptBaseline) {
        Subject subject = new Subject(state, judgement);
        Weighing weighing = new Weighing(subject, Vocabulary.of(subject, params));
        for (Policy policy : byKind.getOrDefault(subject.change().getKind(), List.of())) {
            if (policy.inForce(now)) {
                weighing.ask(policy);
            }
        }
        return weighing.decide(grace, acceptBaseline);
    }

    /** Returns when a policy next comes into force or goes out of it, if one does. */
    public @Nullable Instant nextBoundary(Instant now) {
        return boundaries.higher(now);
    }
}
