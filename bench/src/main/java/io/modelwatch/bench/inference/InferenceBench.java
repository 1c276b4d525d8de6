package io.modelwatch.bench.inference;

import io.modelwatch.bench.inference.RecordedLineage.Model;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.NamedModel;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.streams.inference.Guess;
import io.modelwatch.streams.inference.Inference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Infers the parents of recorded models whose declaration is hidden, and holds the answer against it. */
final class InferenceBench {

    static {
        Topics.all(); // Our generated classes are trusted from here on.
    }

    /**
     * One answer.
     *
     * @param model the model
     * @param relation the relation that it declares (of several the first parent's)
     * @param said the parent that was inferred; null for none
     * @param score how likely that is by its own word
     * @param right whether it is one that the model declares
     * @param family whether its line ends where that of the declared parent ends
     */
    record Answer(String model, String relation, @Nullable String said, double score, boolean right, boolean family) {}

    /**
     * What answers come to.
     *
     * @param asked models whose parents were hidden
     * @param said of how many something was said
     * @param right how often it was a declared parent
     * @param family how often it was of the right family
     */
    record Tally(int asked, int said, int right, int family) {

        static Tally of(List<Answer> answers, double threshold) {
            List<Answer> said = answers.stream()
                    .filter(answer -> answer.said() != null && answer.score() >= threshold)
                    .toList();
            return new Tally(
                    answers.size(),
                    said.size(),
                    (int) said.stream().filter(Answer::right).count(),
                    (int) said.stream().filter(Answer::family).count());
        }

        double precision() {
            return said == 0 ? 0 : (double) right / said;
        }

        double familyPrecision() {
            return said == 0 ? 0 : (double) family / said;
        }

        double recall() {
            return asked == 0 ? 0 : (double) right / asked;
        }
    }

    private final RecordedLineage lineage;
    private final boolean development;

    /** @param development whether the part is measured on which the weights were fitted, not the one that is reported */
    InferenceBench(RecordedLineage lineage, boolean development) {
        this.lineage = lineage;
        this.development = development;
    }

    /** Answers for every model of the part that declares a parent, as if it declared none. */
    List<Answer> hidden() {
        return answers((model, declared) -> {
            Guess guess = Inference.likeliest(facts(model, Map.of()), name -> bearers(name, declared.keySet()));
            return guess == null ? null : Map.entry(guess.parent().getId(), guess.score());
        });
    }

    /** Answers of a baseline, which knows no doubt. */
    List<Answer> baseline(BiFunction<String, Set<String>, @Nullable String> nearest) {
        return answers((model, declared) -> {
            String said = nearest.apply(model, declared.keySet());
            return said == null ? null : Map.entry(said, 1.0);
        });
    }

    /** Returns how many models of the part have a declaration that would be contradicted. */
    int contradicted() {
        int contradicted = 0;
        for (Map.Entry<String, SortedMap<String, String>> one :
                lineage.parents().entrySet()) {
            if (RecordedLineage.development(one.getKey()) == development
                    && Inference.verdict(facts(one.getKey(), one.getValue()), name -> bearers(name, Set.of()))
                            != null) {
                contradicted++;
            }
        }
        return contradicted;
    }

    /** Returns, of the models of the part that declare no parent here, how many there are and of how many one is inferred. */
    Tally undeclared() {
        int asked = 0;
        int said = 0;
        for (Model model : lineage.models()) {
            if (!lineage.parents().containsKey(model.id()) && RecordedLineage.development(model.id()) == development) {
                asked++;
                if (Inference.verdict(facts(model.id(), Map.of()), name -> bearers(name, Set.of())) != null) {
                    said++;
                }
            }
        }
        return new Tally(asked, said, 0, 0);
    }

    private List<Answer> answers(
            BiFunction<String, SortedMap<String, String>, Map.@Nullable Entry<String, Double>> answer) {
        List<Answer> answers = new ArrayList<>();
        lineage.parents().forEach((model, declared) -> {
            if (RecordedLineage.development(model) != development) {
                return;
            }
            Map.Entry<String, Double> said = answer.apply(model, declared);
            String relation = Objects.requireNonNull(declared.get(declared.firstKey()));
            answers.add(
                    said == null
                            ? new Answer(model, relation, null, 0, false, false)
                            : new Answer(
                                    model,
                                    relation,
                                    said.getKey(),
                                    said.getValue(),
                                    declared.containsKey(said.getKey()),
                                    sameFamily(said.getKey(), declared)));
        });
        return answers;
    }

    private boolean sameFamily(String said, SortedMap<String, String> declared) {
        String family = lineage.family(said);
        return family != null && declared.keySet().stream().anyMatch(parent -> family.equals(lineage.family(parent)));
    }

    /** Who bears a name, as the inference topology would answer if one model had not declared its parents. */
    private List<NamedModel> bearers(String name, Set<String> hidden) {
        return Inference.best(lineage.byName().getOrDefault(name, List.of()).stream()
                .map(model -> NamedModel.newBuilder()
                        .setId(model.id())
                        .setNamed(Inference.magnitude(model.declared() - (hidden.contains(model.id()) ? 1 : 0)))
                        .build())
                .toList());
    }

    private static ModelFacts facts(String model, Map<String, String> declared) {
        return ModelFacts.newBuilder()
                .setId(model)
                .setParents(declared.entrySet().stream()
                        .map(parent -> new ParentRef(parent.getKey(), parent.getValue()))
                        .toList())
                .build();
    }
}
