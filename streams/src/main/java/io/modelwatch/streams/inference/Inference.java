package io.modelwatch.streams.inference;

import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.NamedModel;
import io.modelwatch.schemas.avro.ParentRef;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The parent that the evidence suggests, or none: a pure function of a model's facts and of who bears which name. */
public final class Inference {

    /** Least score of what is said at all: precision is worth more than recall. */
    public static final double THRESHOLD = 0.8;

    /** Least score of what is held against a parent that the card declares. */
    public static final double AGAINST_DECLARED = 0.9;

    /** Most models that a name answers with. */
    public static final int MAX_CANDIDATES = 8;

    /** Most differing share in the number of parameters between a model and its copy in another format. */
    private static final double SAME_SIZE = 0.15;

    private static final Set<String> DISTILLED = Set.of("distill", "distilled", "distil");

    static final String HUB = "pkg:huggingface/";

    private static final Pattern REPOSITORY = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9._-]{1,96}");

    /** A path that looks like a repository's name. */
    private static final Pattern LOCAL = Pattern.compile(
            "(?i)(?:outputs?|models?|data|results?|ckpts?|checkpoints?|workspace|home|root|mnt|content|tmp|saved?[-_]models?|"
                    + "train(?:ing|ed)?|runs?|weights|local|cache|scratch|users?)/.*|.*/(?:checkpoint|step|epoch)[-_]?\\d*");

    private static final Comparator<NamedModel> MOST_NAMED = Comparator.comparing(
                    NamedModel::getNamed, Comparator.reverseOrder())
            .thenComparing(NamedModel::getId);

    private Inference() {}

    /** Returns the names that a model with these facts asks; one that declares its parents needs only its own. */
    static Set<String> asked(@Nullable ModelFacts facts) {
        if (facts == null) {
            return Set.of();
        }
        Name name = Name.of(facts.getId());
        String key = name.key();
        return facts.getParents().isEmpty() ? name.asked() : key == null ? Set.of() : Set.of(key);
    }

    /** Returns those that a name answers with, of all that bear it. */
    public static List<NamedModel> best(List<NamedModel> all) {
        List<NamedModel> best = new ArrayList<>(all);
        best.sort(MOST_NAMED);
        return List.copyOf(best.subList(0, Math.min(best.size(), MAX_CANDIDATES)));
    }

    /** Returns how often a model is named, as a power of two: 0, 1, 2 for two or three, 3 for four to seven, and so on. */
    public static int magnitude(int models) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(models);
    }

    /**
     * Returns what is to be said of a model: the likeliest parent if it reaches the threshold; where the card declares
     * parents, only what is strong and contradicts all of them.
     *
     * @param bearers who bears a name that was asked
     */
    public static @Nullable Guess verdict(ModelFacts facts, Function<String, List<NamedModel>> bearers) {
        List<ParentRef> declared = facts.getParents();
        Guess guess = likeliest(facts, bearers);
        if (guess == null || guess.score() < (declared.isEmpty() ? THRESHOLD : AGAINST_DECLARED)) {
            return null;
        }
        return !declared.isEmpty() && agree(declared, guess.parent().getId()) ? null : guess;
    }

    /** Returns the likeliest parent, however unlikely; null where nothing points to any. */
    public static @Nullable Guess likeliest(ModelFacts facts, Function<String, List<NamedModel>> bearers) {
        Name name = Name.of(facts.getId());
        Guess outright = outright(facts, name);
        if (outright == null) {
            outright = HubAlias.of(facts, name, bearers);
        }
        return outright != null ? outright : byName(facts, name, bearers);
    }

    /**
     * True where an inferred parent contradicts none of the declared ones: it is one of them, or stands on one line with
     * one by its name (the one's words hold the other's: a card that names the root, or a copy in another format).
     */
    public static boolean agree(List<ParentRef> declared, String inferred) {
        Name one = Name.of(inferred);
        for (ParentRef parent : declared) {
            Name other = Name.of(parent.getId());
            if (parent.getId().equals(inferred) || other.find(one) >= 0 || one.find(other) >= 0) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable Guess outright(ModelFacts facts, Name name) {
        Guess guess = outright(facts, Evident.PEFT_BASE, Guess.Rule.PEFT_BASE, "adapter", 0.97);
        if (guess == null) {
            guess = outright(facts, Evident.GGUF_BASE, Guess.Rule.GGUF_BASE, "quantized", 0.95);
        }
        if (guess == null) {
            guess = outright(facts, Evident.NAME_OR_PATH, Guess.Rule.NAME_OR_PATH, relation(facts, name), 0.85);
        }
        return guess;
    }

    private static @Nullable Guess outright(
            ModelFacts facts, String attribute, Guess.Rule rule, String relation, double score) {
        String said = Evident.text(facts, attribute);
        String id = said == null || !facts.getId().startsWith(HUB) ? null : repository(said);
        if (id == null || (HUB + id).equals(facts.getId())) {
            return null;
        }
        return new Guess(new ParentRef(HUB + id, relation), rule, attribute + " " + id, score);
    }

    /** Returns the hub's repository that a name or an address is of, such as {@code Qwen/Qwen3-8B}; null if of none. */
    static @Nullable String repository(String said) {
        String id = said.strip()
                .replaceFirst("^https?://(www\\.)?huggingface\\.co/(api/models/)?", "")
                .replaceFirst("/+$", "");
        return !REPOSITORY.matcher(id).matches() || LOCAL.matcher(id).matches() ? null : id;
    }

    private static @Nullable Guess byName(ModelFacts facts, Name name, Function<String, List<NamedModel>> bearers) {
        List<List<NamedModel>> heard = asked(facts).stream().map(bearers).toList();
        int longest = 0;
        for (List<NamedModel> rivals : heard) {
            for (NamedModel rival : rivals) {
                if (!rival.getId().equals(facts.getId())) {
                    longest = Math.max(longest, Name.of(rival.getId()).core().size());
                }
            }
        }
        Guess best = null;
        for (List<NamedModel> rivals : heard) {
            for (NamedModel rival : rivals) {
                Likeness likeness = Likeness.of(name, facts.getId(), rival, rivals, longest);
                if (likeness == null || contradicts(facts, name, rival)) {
                    continue;
                }
                double score = Weights.score(likeness);
                if (best == null
                        || score > best.score()
                        || (score == best.score()
                                && rival.getId().compareTo(best.parent().getId()) < 0)) {
                    best = guess(facts, name, rival, likeness.same(), score);
                }
            }
        }
        return best;
    }

    private static Guess guess(ModelFacts facts, Name name, NamedModel candidate, boolean same, double score) {
        Name other = Name.of(candidate.getId());
        String words = "name holds " + String.join("-", other.core());
        String relation = relation(facts, name);
        return new Guess(
                new ParentRef(candidate.getId(), !same && distilled(name, other) ? "distilled" : relation),
                same ? Guess.Rule.SAME_WORDS : Guess.Rule.HELD_WORDS,
                name.formats().isEmpty()
                        ? words
                        : words + ", and the format "
                                + String.join(
                                        " ", name.formats().stream().sorted().toList()),
                score);
    }

    private static boolean distilled(Name name, Name other) {
        return name.core().stream().anyMatch(DISTILLED::contains)
                && other.core().stream().noneMatch(DISTILLED::contains);
    }

    /** What both say must fit: formats and adapters aside, a child has its parent's architecture and size. */
    private static boolean contradicts(ModelFacts facts, Name name, NamedModel candidate) {
        return differ(Evident.text(facts, Evident.ARCHITECTURE), candidate.getArchitecture())
                || differ(Evident.text(facts, Evident.MODEL_TYPE), candidate.getModelType())
                || (!relation(facts, name).equals("adapter") && otherSize(facts, candidate));
    }

    private static boolean differ(@Nullable String one, @Nullable String other) {
        return one != null && other != null && !Objects.equals(plain(one), plain(other));
    }

    private static String plain(String architecture) {
        return architecture.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    /** GGUF metadata count parameters; other packed formats count the numbers that hold several of them. */
    private static boolean otherSize(ModelFacts facts, NamedModel candidate) {
        Long one = Evident.number(facts, Evident.PARAMETERS);
        Long other = candidate.getParameters();
        boolean counted = Evident.text(facts, Evident.ARCHITECTURE) != null
                || Name.of(facts.getId()).formats().isEmpty();
        boolean otherCounted = candidate.getArchitecture() != null
                || Name.of(candidate.getId()).formats().isEmpty();
        return one != null
                && other != null
                && counted
                && otherCounted
                && Math.abs(one - other) > SAME_SIZE * Math.max(one, other);
    }

    /** How it was probably made: by its name, its library and its tags. */
    private static String relation(ModelFacts facts, Name name) {
        List<?> tags = Evident.texts(facts, Evident.FORM_TAGS);
        String library = Evident.text(facts, Evident.LIBRARY);
        if (name.adapter() || "peft".equals(library) || tags.contains("lora") || tags.contains("adapter")) {
            return "adapter";
        }
        if (!name.formats().isEmpty() || "gguf".equals(library) || tags.contains("gguf")) {
            return "quantized";
        }
        return name.merge() || tags.contains("merge") || tags.contains("mergekit") ? "merge" : "finetune";
    }
}
