package io.modelwatch.streams.inference;

import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.NamedModel;
import io.modelwatch.schemas.avro.ParentRef;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which of the hub's models a host serves under a name of its own. The first rule that speaks wins: what the host's list
 * says, then the same owner and name as a model that is known, then the same name alone; what none speaks of stays
 * unresolved. In which form the host serves it is not known, so the relation is not either.
 */
final class HubAlias {

    /** What a vendor lists. */
    private static final Pattern LISTED = Pattern.compile("pkg:generic/[^/]+/(?:(?<owner>[^/]+)/)?(?<name>[^/]+)");

    /** A variant of the offer, not of the model: {@code :free}. */
    private static final Pattern VARIANT = Pattern.compile(":[a-z]+$");

    private static final String RELATION = "unknown";

    /** Set, not measured: a host names the family's open model for a closed one now and then. */
    private static final double SAID = 0.95;

    /** Of 81 names recorded with what the host says, 76 agree; the others are former names of the same repositories. */
    private static final double SAME_OWNER = 0.9;

    /** Of 67, 61 agree, and 4 more but for such a former name. */
    private static final double SAME_NAME = 0.85;

    /** Least magnitude of the models that name one which is meant by its name alone: copies bear the name as well. */
    private static final int LEAST_NAMED = 5;

    private HubAlias() {}

    /** @param bearers who bears a name that was asked */
    static @Nullable Guess of(ModelFacts facts, Name name, Function<String, List<NamedModel>> bearers) {
        Matcher listed = LISTED.matcher(facts.getId());
        if (!listed.matches()) {
            return null;
        }
        for (String attribute : List.of(Evident.HUGGING_FACE_ID, Evident.LINK)) {
            String said = Evident.text(facts, attribute);
            String repository = said == null ? null : Inference.repository(said);
            if (repository != null) {
                return guess(Inference.HUB + repository, Guess.Rule.HOST_SAYS, attribute + " " + repository, SAID);
            }
        }
        String plain = plain(listed.group("name"));
        String key = Name.of(plain).key();
        if (key == null || !name.asked().contains(key)) {
            return null;
        }
        List<NamedModel> same = bearers.apply(key).stream()
                .filter(bearer -> bearer.getId().startsWith(Inference.HUB) && plain.equals(plain(last(bearer))))
                .sorted(Comparator.comparing(NamedModel::getNamed, Comparator.reverseOrder()))
                .toList();
        String owner = listed.group("owner");
        for (NamedModel bearer : same) {
            if (owner != null && bearer.getId().equalsIgnoreCase(Inference.HUB + owner + "/" + last(bearer))) {
                return guess(
                        bearer.getId(), Guess.Rule.HOST_NAME, "the hub's owner and name: " + path(bearer), SAME_OWNER);
            }
        }
        boolean one = !same.isEmpty()
                && same.getFirst().getNamed() >= LEAST_NAMED
                && (same.size() == 1 || same.get(0).getNamed() > same.get(1).getNamed());
        return one
                ? guess(
                        same.getFirst().getId(),
                        Guess.Rule.HOST_NAME,
                        "the hub's name: " + path(same.getFirst()),
                        SAME_NAME)
                : null;
    }

    private static Guess guess(String model, Guess.Rule rule, String basis, double score) {
        return new Guess(new ParentRef(model, RELATION), rule, basis, score);
    }

    private static String path(NamedModel model) {
        return model.getId().substring(Inference.HUB.length());
    }

    private static String last(NamedModel model) {
        return model.getId().substring(model.getId().lastIndexOf('/') + 1);
    }

    private static String plain(String segment) {
        return VARIANT.matcher(Name.decoded(segment).toLowerCase(Locale.ROOT)).replaceFirst("");
    }
}
