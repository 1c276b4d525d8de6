package io.modelwatch.producers.source;

import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.ParentRef;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The one place where text from outside is made fit for topics, stores and PostgreSQL: no NUL, no half of a surrogate
 * pair, bounded length. Every {@link Reading} passes through it.
 */
final class Bounded {

    /** Longest text that is a fact; the rest of a longer one is cut. */
    static final int MAX_TEXT = 2048;

    /** Stands for a character that cannot be stored, as it does in decoders. */
    private static final char REPLACEMENT = '\uFFFD';

    private Bounded() {}

    static ModelFacts facts(ModelFacts given) {
        List<ParentRef> parents = new ArrayList<>();
        given.getParents().forEach(p -> parents.add(new ParentRef(p.getId(), text(p.getRelation()))));
        Map<String, Object> attributes = new HashMap<>();
        // Sorted, so that where two names become one the same value wins each time.
        new TreeMap<>(given.getAttributes()).forEach((name, value) -> attributes.put(text(name), value(value)));
        return ModelFacts.newBuilder(given)
                .setRevision(orNull(given.getRevision()))
                .setAuthor(orNull(given.getAuthor()))
                .setOwnerId(orNull(given.getOwnerId()))
                .setParents(parents)
                .setLicense(orNull(given.getLicense()))
                .setDatasets(given.getDatasets().stream().map(Bounded::text).toList())
                .setAttributes(attributes)
                .build();
    }

    static DeploymentFacts facts(DeploymentFacts given) {
        Map<String, Object> attributes = new HashMap<>();
        new TreeMap<>(given.getAttributes()).forEach((name, value) -> attributes.put(text(name), value(value)));
        return DeploymentFacts.newBuilder(given)
                .setId(text(given.getId()))
                .setType(orNull(given.getType()))
                .setVendor(orNull(given.getVendor()))
                .setOwner(orNull(given.getOwner()))
                .setModels(given.getModels().stream().map(Bounded::model).toList())
                .setHosting(given.getHosting().stream().map(Bounded::hosting).toList())
                .setAttributes(attributes)
                .build();
    }

    private static DeployedModel model(DeployedModel given) {
        return DeployedModel.newBuilder(given)
                .setId(text(given.getId()))
                .setRevision(orNull(given.getRevision()))
                .setRole(text(given.getRole()))
                .setRequested(orNull(given.getRequested()))
                .setServed(orNull(given.getServed()))
                .build();
    }

    private static Hosting hosting(Hosting given) {
        return Hosting.newBuilder(given)
                .setProvider(orNull(given.getProvider()))
                .setRegion(orNull(given.getRegion()))
                .setCountry(orNull(given.getCountry()))
                .build();
    }

    private static Object value(Object value) {
        return switch (value) {
            case String text -> text(text);
            case List<?> list ->
                new ArrayList<>(
                        list.stream().map(one -> text(String.valueOf(one))).toList());
            default -> value;
        };
    }

    private static @Nullable String orNull(@Nullable String text) {
        return text == null ? null : text(text);
    }

    static String text(String text) {
        boolean fit = text.length() <= MAX_TEXT;
        for (int i = 0; fit && i < text.length(); i++) {
            fit = text.charAt(i) != 0 && !Character.isSurrogate(text.charAt(i));
        }
        if (fit) {
            return text;
        }
        StringBuilder clean = new StringBuilder();
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            int length = Character.charCount(c);
            if (clean.length() + length > MAX_TEXT) {
                break;
            }
            boolean bad = c == 0 || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
            clean.appendCodePoint(bad ? REPLACEMENT : c);
            i += length;
        }
        return clean.toString();
    }
}
