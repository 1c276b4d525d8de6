package io.modelwatch.producers.source.huggingface;

import io.modelwatch.producers.http.FetchException;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.ModelIds;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.producers.source.Pages;
import io.modelwatch.producers.source.Source;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.producers.source.huggingface.HubModel.Files;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.ModelFacts;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Lists models of the Hugging Face Hub by author or by declared base model.
 *
 * <p>A model that the listing no longer has is asked for by its id before its absence counts: one that was updated
 * while we turned the pages slips through a cursor, and one that was renamed is not gone.
 */
public final class HuggingFaceSource implements Source {

    private static final Pattern NEXT = Pattern.compile("<([^>]{1,8192})>\\s*;\\s*rel=\"?next\"?");

    /** Models whose absence is looked into in one sweep: more at once is a broken listing until the next sweeps say otherwise. */
    private static final int MAX_ABSENCES = 20;

    /** A missing model and a private one look alike to those without access. */
    private static final Set<Integer> GONE = Set.of(401, 403, 404, 410);

    /** What mirrors answer that serve listings only: nothing is known beyond the listing then. */
    private static final Set<Integer> NOT_SERVED = Set.of(400, 405, 501);

    private static final List<String> EXPAND = List.of(
            "author",
            "sha",
            "lastModified",
            "tags",
            "gated",
            "cardData",
            "baseModels",
            "safetensors",
            "gguf",
            "config",
            "disabled",
            "private",
            "pipeline_tag",
            "library_name");

    private final HuggingFaceConfig config;
    private final HttpFetcher http;

    /** What each scope held when it was seen last, with {@code lastModified}; bounded by what a listing may hold. */
    private final Map<String, Map<String, Instant>> knownByScope = new HashMap<>();

    /** Files of a revision never change: a model's details are read again only when its revision moved. */
    private final Map<String, Files> filesById = new HashMap<>();

    private int detailsLeft;

    /** @param http what it reads with */
    public HuggingFaceSource(HuggingFaceConfig config, HttpFetcher http) {
        this.config = config;
        this.http = http;
    }

    @Override
    public List<String> scopes() {
        return config.scopes();
    }

    @Override
    public @Nullable String sweep(String scope, Pages pages) throws SourceException, InterruptedException {
        String token = config.token().read(System::getenv);
        Map<String, String> headers = token == null ? Map.of() : Map.of("Authorization", "Bearer " + token);
        try {
            return new Sweep(scope, headers, pages).run();
        } catch (SourceException e) {
            throw config.token().explain(e, token != null);
        }
    }

    /** One pass over one scope. */
    private final class Sweep {
        private final String scope;
        private final Map<String, String> headers;
        private final Pages pages;
        private final Map<String, Instant> known;
        private final Set<String> seen = new HashSet<>();
        private @Nullable String left;

        Sweep(String scope, Map<String, String> headers, Pages pages) {
            this.scope = scope;
            this.headers = headers;
            this.pages = pages;
            this.known = knownByScope.computeIfAbsent(scope, s -> new TreeMap<>());
            detailsLeft = config.maxDetails();
        }

        @Nullable
        String run() throws SourceException, InterruptedException {
            URI first = first(scope);
            URI uri = first;
            Set<URI> visited = new HashSet<>();
            for (int page = 1; uri != null; page++) {
                if (page > config.maxPages()) {
                    return "stopped after " + config.maxPages() + " pages of " + config.pageSize() + " (maxPages)";
                }
                if (!visited.add(uri)) {
                    throw new SourceException("the listing goes in a circle at " + FetchException.place(uri));
                }
                Json.Document document = Json.get(http, uri, headers);
                if (!document.root().isArray()) {
                    throw new SourceException("no list of models from " + FetchException.place(uri));
                }
                List<ModelReading> readings = new ArrayList<>();
                for (JsonNode model : document.root()) {
                    take(model, document.evidence(), readings);
                }
                uri = next(document, first);
                pages.page(readings, uri == null ? null : uri.toString());
            }
            if (seen.isEmpty() && left == null && scope.startsWith("author:")) {
                return "lists no model: is the name right?";
            }
            lookIntoAbsences();
            return left;
        }

        private void take(JsonNode model, Evidence evidence, List<ModelReading> readings) throws InterruptedException {
            String id = HubModel.id(model);
            if (id == null) {
                left = "an entry without a usable id was left out";
                return;
            }
            // A model that moves up while we page comes twice; the first word is the newest.
            if (seen.add(id)) {
                ModelReading reading = reading(id, model, evidence);
                if (reading != null) {
                    readings.add(reading);
                }
            }
        }

        /** Returns null where the files are wanted and cannot be had: facts without them would read as "files gone". */
        private @Nullable ModelReading reading(String id, JsonNode model, Evidence evidence)
                throws InterruptedException {
            Files files = null;
            if (config.details()) {
                try {
                    files = files(id, model);
                } catch (SourceException e) {
                    left = e.getMessage();
                    return null;
                }
            }
            ModelReading reading = HubModel.reading(id, model, files, evidence);
            Instant before = known.get(id);
            Instant effective = reading.effectiveAt();
            known.put(id, effective == null ? Instant.EPOCH : effective);
            // Another repository under the same name may be older than the one before: as an old word it would be
            // taken for a late one, and the swap would go unseen.
            return before == null || effective == null || !effective.isBefore(before)
                    ? reading
                    : new ModelReading(reading.facts(), null, reading.evidence());
        }

        private void lookIntoAbsences() throws SourceException, InterruptedException {
            List<String> absent =
                    known.keySet().stream().filter(id -> !seen.contains(id)).toList();
            List<ModelReading> readings = new ArrayList<>();
            for (String id : absent.subList(0, Math.min(absent.size(), MAX_ABSENCES))) {
                URI uri = URI.create(address(id) + "?" + expand());
                try {
                    Json.Document document = Json.get(http, uri, headers);
                    ModelReading reading = still(id, document);
                    if (reading == null) {
                        known.remove(id);
                    } else {
                        readings.add(reading);
                    }
                } catch (SourceException e) {
                    int status = e.getCause() instanceof FetchException f ? f.status() : 0;
                    if (NOT_SERVED.contains(status)) {
                        known.keySet().retainAll(seen);
                        break;
                    }
                    if (!GONE.contains(status)) {
                        left = "whether " + id + " is gone cannot be told: " + e.getMessage();
                        break;
                    }
                    known.remove(id);
                    filesById.remove(id);
                }
            }
            if (!readings.isEmpty()) {
                pages.page(readings, null);
            }
            if (absent.size() > MAX_ABSENCES && known.size() > seen.size()) {
                left = absent.size() + " models are missing from the listing at once; they are looked into "
                        + MAX_ABSENCES + " a sweep";
            }
        }

        /** Returns what is said of a model that the listing lacks, or null if it left the scope. */
        private @Nullable ModelReading still(String id, Json.Document document)
                throws SourceException, InterruptedException {
            String now = HubModel.id(document.root());
            if (now == null) {
                throw new SourceException("no model from "
                        + FetchException.place(document.fetched().uri()));
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
            String base =
                    scope.startsWith("base:") ? ModelIds.of("huggingface", scope.substring("base:".length())) : null;
            boolean inScope = base == null
                    || reading.facts().getParents().stream()
                            .anyMatch(parent -> parent.getId().equals(base));
            return inScope ? reading : null;
        }

        private Files files(String id, JsonNode listed) throws SourceException, InterruptedException {
            String revision = Json.text(listed, "sha");
            Files known = filesById.get(id);
            if (known != null && known.revision().equals(revision)) {
                return known;
            }
            if (detailsLeft == 0) {
                throw new SourceException("the files of " + config.maxDetails()
                        + " models were read (maxDetails); the others follow in the next sweeps");
            }
            detailsLeft--;
            URI uri = URI.create(address(id) + "?blobs=true");
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
            filesById.put(id, files);
            return files;
        }
    }

    private URI first(String scope) {
        StringBuilder query = new StringBuilder();
        if (scope.startsWith("author:")) {
            query.append("author=").append(encode(scope.substring("author:".length())));
        } else {
            query.append("filter=").append(encode("base_model:" + scope.substring("base:".length())));
        }
        query.append("&sort=lastModified&direction=-1&limit=").append(config.pageSize());
        return URI.create(config.baseUrl() + "/api/models?" + query + "&" + expand());
    }

    private static String expand() {
        return String.join(
                "&", EXPAND.stream().map(field -> "expand%5B%5D=" + field).toList());
    }

    private String address(String id) {
        return config.baseUrl() + "/api/models/" + encode(id).replace("%2F", "/");
    }

    private static @Nullable URI next(Json.Document document, URI first) throws SourceException {
        for (String link : document.fetched().headers().allValues("Link")) {
            Matcher matcher = NEXT.matcher(link);
            if (matcher.find()) {
                URI next;
                try {
                    next = document.fetched().uri().resolve(matcher.group(1));
                } catch (IllegalArgumentException e) {
                    throw new SourceException("a next page with no usable address", e);
                }
                // The token goes with every request: never to a place that a header names.
                if (!HttpFetcher.sameOrigin(first, next)) {
                    throw new SourceException("a next page on another host, " + next.getHost() + ": not followed");
                }
                return next;
            }
        }
        return null;
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
