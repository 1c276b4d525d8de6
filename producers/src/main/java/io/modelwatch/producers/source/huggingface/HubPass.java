package io.modelwatch.producers.source.huggingface;

import io.modelwatch.producers.http.FetchException;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.IncrementalSource.Pass;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.ModelIds;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.producers.source.Pages;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.producers.source.huggingface.HubModel.Files;
import io.modelwatch.producers.source.huggingface.HuggingFaceSource.Known;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.ModelFacts;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One pass over one scope. A model that a whole listing no longer has is asked for by its id before its absence counts:
 * one that was updated while we turned the pages slips through a cursor, and one that was renamed is not gone.
 */
final class HubPass {

    /** Models whose absence is looked into in one sweep: more at once is a broken listing until the next sweeps say otherwise. */
    private static final int MAX_ABSENCES = 20;

    /**
     * Models of a scope that are remembered, some 30 MB. Of a larger one, absences are believed without a look, and what
     * comes twice is recognised only as far as the pages overlap.
     */
    private static final int MAX_KNOWN = 100_000;

    /** A missing model and a private one look alike to those without access. */
    private static final Set<Integer> GONE = Set.of(401, 403, 404, 410);

    /** What mirrors answer that serve listings only: nothing is known beyond the listing then. */
    private static final Set<Integer> NOT_SERVED = Set.of(400, 405, 501);

    private final HuggingFaceConfig config;
    private final HttpFetcher http;
    private final Map<String, String> headers;
    private final String scope;
    private final Known known;
    private final Pages pages;
    private final LinkedHashSet<String> seen = new LinkedHashSet<>();
    private boolean tooMany;
    private int detailsLeft;
    private @Nullable String left;

    /** Whether what was left out is there to be had the next time, so that the same must be read again. */
    private boolean again;

    /** @param details models whose files may be read */
    HubPass(
            HuggingFaceConfig config,
            HttpFetcher http,
            Map<String, String> headers,
            String scope,
            Known known,
            int details,
            Pages pages) {
        this.config = config;
        this.http = http;
        this.headers = headers;
        this.scope = scope;
        this.known = known;
        this.pages = pages;
        this.detailsLeft = details;
    }

    /**
     * @param from how far it was read, or null where all is to be read
     * @param last what to go on from where this pass does not come to its end
     * @param started by our clock
     */
    Pass run(@Nullable Mark from, @Nullable Mark last, Instant started) throws SourceException, InterruptedException {
        HubListing listing = new HubListing(config, http, headers, scope);
        Recency recency = new Recency(from == null ? null : from.through().minus(config.overlap()), config.overlap());
        String lastText = last == null ? null : last.toString();
        for (int page = 1; listing.next() != null; page++) {
            if (page > config.maxPages()) {
                String why = "stopped after " + config.maxPages() + " pages of " + config.pageSize() + " (maxPages)";
                return new Pass(why, from == null, lastText);
            }
            Json.Document document = listing.turn();
            List<ModelReading> readings = new ArrayList<>();
            for (JsonNode model : document.root()) {
                recency.see(HubModel.lastModified(model));
                take(model, document.evidence(), readings);
            }
            URI next = recency.reached() ? null : listing.next();
            pages.page(readings, next == null ? null : next.toString());
            if (recency.reached() && listing.next() != null) {
                return again
                        ? new Pass(left, false, lastText)
                        : new Pass(left, false, mark(recency, started, from == null ? started : from.wholeAt()));
            }
        }
        if (seen.isEmpty() && left == null && scope.startsWith("author:")) {
            return new Pass("lists no model: is the name right?", true, lastText);
        }
        if (!tooMany) {
            lookIntoAbsences();
        }
        return new Pass(left, true, again ? lastText : mark(recency, started, started));
    }

    /** Returns of how many models the files may still be read. */
    int detailsLeft() {
        return detailsLeft;
    }

    /** Returns whether the same must be read again, since something was left out that can be had the next time. */
    boolean again() {
        return again;
    }

    private static @Nullable String mark(Recency recency, Instant started, Instant wholeAt) {
        Instant newest = recency.newest();
        // A time to come must not hide what is changed until then.
        return newest == null ? null : new Mark(newest.isAfter(started) ? started : newest, wholeAt).toString();
    }

    private void take(JsonNode model, Evidence evidence, List<ModelReading> readings) throws InterruptedException {
        String id = HubModel.id(model);
        if (id == null) {
            left = "an entry without a usable id was left out";
            return;
        }
        // A model that moves up while we page comes twice; the first word is the newest.
        if (seen.add(id)) {
            if (seen.size() > MAX_KNOWN) {
                seen.removeFirst();
                tooMany = true;
                known.models().clear();
            }
            ModelReading reading = reading(id, model, evidence);
            if (reading != null) {
                readings.add(reading);
            }
        }
    }

    /** Returns null where the files are wanted and cannot be had: facts without them would read as "files gone". */
    private @Nullable ModelReading reading(String id, JsonNode model, Evidence evidence) throws InterruptedException {
        Files files = null;
        if (config.details()) {
            try {
                files = files(id, model);
            } catch (SourceException e) {
                left = e.getMessage();
                again = true;
                return null;
            }
        }
        ModelReading reading = HubModel.reading(id, model, files, known.owners(), evidence);
        Instant before = known.models().get(id);
        Instant effective = reading.effectiveAt();
        if (!tooMany) {
            known.models().put(id, effective == null ? Instant.EPOCH : effective);
        }
        // Another repository under the same name may be older than the one before: as an old word it would be
        // taken for a late one, and the swap would go unseen.
        return before == null || effective == null || !effective.isBefore(before)
                ? reading
                : new ModelReading(reading.facts(), null, reading.evidence());
    }

    private void lookIntoAbsences() throws SourceException, InterruptedException {
        List<String> absent = known.models().keySet().stream()
                .filter(id -> !seen.contains(id))
                .toList();
        List<ModelReading> readings = new ArrayList<>();
        for (String id : absent.subList(0, Math.min(absent.size(), MAX_ABSENCES))) {
            try {
                Json.Document document = Json.get(http, HubListing.one(config, id), headers);
                ModelReading reading = still(id, document);
                if (reading == null) {
                    known.models().remove(id);
                } else {
                    readings.add(reading);
                }
            } catch (SourceException e) {
                int status = e.getCause() instanceof FetchException f ? f.status() : 0;
                if (NOT_SERVED.contains(status)) {
                    known.models().keySet().retainAll(seen);
                    break;
                }
                if (!GONE.contains(status)) {
                    left = "whether " + id + " is gone cannot be told: " + e.getMessage();
                    again = true;
                    break;
                }
                known.models().remove(id);
                known.files().remove(id);
            }
        }
        if (!readings.isEmpty()) {
            pages.page(readings, null);
        }
        if (absent.size() > MAX_ABSENCES && known.models().size() > seen.size()) {
            left = absent.size() + " models are missing from the listing at once; they are looked into " + MAX_ABSENCES
                    + " a sweep";
            again = true;
        }
    }

    /** Returns what is said of a model that the listing lacks, or null if it left the scope. */
    private @Nullable ModelReading still(String id, Json.Document document)
            throws SourceException, InterruptedException {
        String now = HubModel.id(document.root());
        if (now == null) {
            throw new SourceException(
                    "no model from " + FetchException.place(document.fetched().uri()));
        }
        ModelReading reading = reading(id, document.root(), document.evidence());
        if (reading == null) {
            throw new SourceException(String.valueOf(left));
        }
        if (!now.equals(id)) {
            Map<String, Object> attributes = new HashMap<>(reading.facts().getAttributes());
            attributes.put("moved_to", String.valueOf(ModelIds.of("huggingface", now)));
            ModelFacts moved = ModelFacts.newBuilder(reading.facts())
                    .setAttributes(attributes)
                    .build();
            return new ModelReading(moved, reading.effectiveAt(), reading.evidence());
        }
        String base = scope.startsWith("base:") ? ModelIds.of("huggingface", scope.substring("base:".length())) : null;
        boolean inScope = base == null
                || reading.facts().getParents().stream()
                        .anyMatch(parent -> parent.getId().equals(base));
        return inScope ? reading : null;
    }

    private Files files(String id, JsonNode listed) throws SourceException, InterruptedException {
        String revision = Json.text(listed, "sha");
        Files before = known.files().get(id);
        if (before != null && before.revision().equals(revision)) {
            return before;
        }
        if (detailsLeft == 0) {
            throw new SourceException("the files of " + config.maxDetails()
                    + " models were read (maxDetails); the others follow in the next sweeps");
        }
        detailsLeft--;
        URI uri = HubListing.files(config, id);
        JsonNode root = Json.get(http, uri, headers).root();
        JsonNode siblings = root.path("siblings");
        String read = Json.text(root, "sha");
        if (!siblings.isArray() || read == null) {
            throw new SourceException("no files in the details from " + FetchException.place(uri));
        }
        if (revision != null && !revision.equals(read)) {
            throw new SourceException(id + " was updated between listing and details");
        }
        Files files = Files.of(read, siblings);
        known.files().put(id, files);
        return files;
    }
}
