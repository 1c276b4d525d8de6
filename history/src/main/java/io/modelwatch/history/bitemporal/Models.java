package io.modelwatch.history.bitemporal;

import io.modelwatch.schemas.avro.Ancestor;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.LineageCause;
import io.modelwatch.schemas.json.JsonForms;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Brings the rows of models and of their ancestry up to what has come in. A record tells all that is known of a model by
 * then, so that each is held against the newest state. What is the model's own holds since the change behind it took
 * effect; its ancestry since the newest known change of it or of an ancestor did, but not since before its own.
 */
final class Models {

    private static final List<String> OWN = List.of("license", "datasets", "ownerId", "parents", "confidence");

    /** A record, or that nobody names the model any more. */
    private record Word(String model, @Nullable Lineage lineage, Instant at) {}

    private final List<Word> words = new ArrayList<>();

    /** @param at time of the record: all that there is of a model that is forgotten */
    void add(String model, @Nullable Lineage lineage, Instant at) {
        // Of what no source has ever spoken there is nothing to tell.
        if (lineage == null || lineage.getCause() != null) {
            words.add(new Word(model, lineage, at));
        }
    }

    void write(Connection connection) throws SQLException {
        if (words.isEmpty()) {
            return;
        }
        Set<String> names = new TreeSet<>();
        Instant since = Instant.MAX;
        for (Word word : words) {
            names.add(word.model());
            Instant earliest = causes(word.lineage())
                    .map(LineageCause::getEffectiveAt)
                    .min(Comparator.naturalOrder())
                    .orElse(word.at());
            since = earliest.isBefore(since) ? earliest : since;
        }
        Map<List<String>, Timeline> models = FactTable.MODELS.load(connection, names, since);
        Map<List<String>, Timeline> lineages = FactTable.LINEAGE.load(connection, names, since);
        for (Word word : words) {
            tell(
                    word,
                    models.computeIfAbsent(List.of(word.model()), model -> new Timeline()),
                    lineages.computeIfAbsent(List.of(word.model()), model -> new Timeline()));
        }
        FactTable.MODELS.store(connection, models);
        FactTable.LINEAGE.store(connection, lineages);
    }

    private static void tell(Word word, Timeline model, Timeline ancestry) {
        Lineage lineage = word.lineage();
        if (lineage == null) {
            end(model, word.at(), word.at(), null);
            end(ancestry, word.at(), word.at(), null);
            return;
        }
        LineageCause own = lineage.getCause();
        if (own == null) {
            return;
        }
        if (lineage.getRemoved() || !lineage.getKnown()) {
            end(model, own.getEffectiveAt(), own.getObservedAt(), own.getChangeId());
            end(ancestry, own.getEffectiveAt(), own.getObservedAt(), own.getChangeId());
            return;
        }
        ObjectNode form = JsonForms.ancestry(lineage);
        Instant known = known(model, own.getObservedAt());
        if (model.newestDocument() == null) {
            ObjectNode said = JsonNodeFactory.instance.objectNode();
            OWN.stream().filter(form::has).forEach(name -> said.set(name, form.get(name)));
            model.set(own.getEffectiveAt(), known, own.getChangeId(), said.toString());
        } else {
            for (String name : OWN) {
                if (!Objects.equals(Documents.text(model.newestDocument(), name), Documents.text(form.get(name)))) {
                    model.set(
                            own.getEffectiveAt(), null, known, own.getChangeId(), Documents.put(name, form.get(name)));
                }
            }
        }
        LineageCause newest = causes(lineage)
                .max(Comparator.comparing(LineageCause::getObservedAt)
                        .thenComparing(LineageCause::getEffectiveAt)
                        .thenComparing(LineageCause::getChangeId))
                .orElse(own);
        String said = ancestry(lineage, form).toString();
        if (!said.equals(ancestry.newestDocument())) {
            ancestry.set(
                    newest.getEffectiveAt().isBefore(own.getEffectiveAt())
                            ? own.getEffectiveAt()
                            : newest.getEffectiveAt(),
                    known(ancestry, newest.getObservedAt()),
                    newest.getChangeId(),
                    said);
        }
    }

    private static void end(Timeline timeline, Instant from, Instant known, @Nullable String cause) {
        if (timeline.newestDocument() != null) {
            timeline.set(from, known(timeline, known), cause, null);
        }
    }

    /** Never before what is known already. */
    private static Instant known(Timeline timeline, Instant known) {
        Span newest = timeline.newest();
        return newest == null || newest.known().isBefore(known) ? known : newest.known();
    }

    /** What rows need, and no more: a document with all its paths can be a hundred times as long. */
    private static ObjectNode ancestry(Lineage lineage, ObjectNode form) {
        ObjectNode said = JsonNodeFactory.instance.objectNode();
        ArrayNode ancestry = said.putArray("ancestry");
        for (Ancestor ancestor : lineage.getAncestry()) {
            ancestry.addObject()
                    .put("id", ancestor.getId())
                    .put("relation", ancestor.getRelation())
                    .put("depth", ancestor.getDepth())
                    .put("confidence", ancestor.getConfidence().name().toLowerCase(Locale.ROOT))
                    .put("known", ancestor.getKnown())
                    .put("removed", ancestor.getRemoved());
        }
        said.set("origins", form.get("origins"));
        return lineage.getTruncated() ? said.put("truncated", true) : said;
    }

    private static Stream<LineageCause> causes(@Nullable Lineage lineage) {
        return lineage == null
                ? Stream.empty()
                : Stream.concat(
                                Stream.ofNullable(lineage.getCause()),
                                lineage.getAncestry().stream().map(Ancestor::getCause))
                        .filter(Objects::nonNull);
    }
}
