package io.modelwatch.producers.source.huggingface;

import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.IncrementalSource;
import io.modelwatch.producers.source.Pages;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.producers.source.huggingface.HubModel.Files;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Lists models of the Hugging Face Hub by author or by declared base model, those that changed since the last pass
 * most of the time and all of them every so often.
 */
public final class HuggingFaceSource implements IncrementalSource {

    private final HuggingFaceConfig config;
    private final HttpFetcher http;
    private final InstantSource clock;
    private final Owners owners;

    /** What each scope held when it was seen last, with {@code lastModified}; bounded by what a listing may hold. */
    private final Map<String, Map<String, Instant>> knownByScope = new HashMap<>();

    /** What is remembered of families: each member's children, by scope and member. */
    private final Map<String, Map<String, Known>> families = new HashMap<>();

    /** Files of a revision never change: a model's details are read again only when its revision moved. */
    private final Map<String, Files> filesById = new HashMap<>();

    /**
     * @param http what it reads with
     * @param clock tells when everything is to be read again
     */
    public HuggingFaceSource(HuggingFaceConfig config, HttpFetcher http, InstantSource clock) {
        this.config = config;
        this.http = http;
        this.clock = clock;
        this.owners = new Owners(config, http);
    }

    @Override
    public List<String> scopes() {
        return config.scopes();
    }

    @Override
    public Pass pass(String scope, @Nullable String mark, Pages pages) throws SourceException, InterruptedException {
        Map<String, String> headers = config.token().authorization(null);
        Instant now = clock.instant();
        Mark last = Mark.parse(mark);
        Mark from = last == null || last.wholeIsDue(now, config.fullEvery()) ? null : last;
        try {
            owners.read(headers, now);
            if (scope.startsWith(HubFamily.SCOPE)) {
                Map<String, Known> members = families.computeIfAbsent(scope, s -> new TreeMap<>());
                Known shared = new Known(Map.of(), filesById, owners);
                return new HubFamily(config, http, headers, scope, members, shared, pages).run(from == null, last, now);
            }
            Known known = new Known(knownByScope.computeIfAbsent(scope, s -> new TreeMap<>()), filesById, owners);
            return new HubPass(config, http, headers, scope, known, config.maxDetails(), pages).run(from, last, now);
        } catch (SourceException e) {
            throw config.token().explain(e, !headers.isEmpty());
        }
    }

    /**
     * What is remembered between passes.
     *
     * @param models the scope's models, with {@code lastModified}
     * @param files each model's files
     * @param owners whose the names are
     */
    record Known(Map<String, Instant> models, Map<String, Files> files, Owners owners) {}
}
