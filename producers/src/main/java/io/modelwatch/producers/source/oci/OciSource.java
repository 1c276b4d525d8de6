package io.modelwatch.producers.source.oci;

import io.modelwatch.producers.http.FetchException;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.registry.Manifest;
import io.modelwatch.producers.registry.Registry;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.ModelIds;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.producers.source.Pages;
import io.modelwatch.producers.source.Source;
import io.modelwatch.producers.source.SourceException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Watches tags of OCI registries that hold models. The digest of a tag is asked for first, which costs no pull; only
 * what moved is read.
 */
public final class OciSource implements Source {

    /** No such tag or repository. */
    private static final Set<Integer> GONE = Set.of(404, 410);

    /** What concerns one repository and not the registry; -1 for a manifest that is none, 200 for a page in its place. */
    private static final Set<Integer> OF_ONE = Set.of(-1, 200, 400, 401, 403, 404, 410);

    private final OciConfig config;
    private final Registry registry;
    private final String host;

    /** What each tag was when it was read last, null where it is no model. */
    private final Map<String, Known> known = new HashMap<>();

    private record Known(String digest, @Nullable ModelReading reading) {}

    /** @param http what it reads with */
    public OciSource(OciConfig config, HttpFetcher http) {
        this.config = config;
        this.registry = new Registry(http, config.baseUrl(), config.login());
        URI base = URI.create(config.baseUrl());
        this.host = base.getHost() + (base.getPort() < 0 ? "" : ":" + base.getPort());
    }

    @Override
    public List<String> scopes() {
        return config.repositories();
    }

    @Override
    public @Nullable String sweep(String scope, Pages pages) throws SourceException, InterruptedException {
        int colon = scope.indexOf(':');
        String repository = colon < 0 ? scope : scope.substring(0, colon);
        List<String> tags = colon < 0 ? tags(repository) : List.of(scope.substring(colon + 1));
        List<ModelReading> readings = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        String left = null;
        for (String tag : tags) {
            String name = repository + ":" + tag;
            try {
                Known now = read(repository, tag);
                known.put(name, now);
                seen.add(name);
                if (now.reading() != null) {
                    readings.add(now.reading());
                } else if (colon >= 0) {
                    left = name + " is no model (neither Docker's form nor ModelPack)";
                }
            } catch (SourceException e) {
                int status = e.getCause() instanceof FetchException f ? f.status() : -1;
                if (GONE.contains(status) && known.containsKey(name) && (colon < 0 || registry.stands())) {
                    continue; // deleted: between the list of tags and now, or since the last sweep
                }
                if (!OF_ONE.contains(status) || colon >= 0) {
                    handOn(readings, pages);
                    throw e;
                }
                left = name + " left out: " + e.getMessage();
            }
        }
        handOn(readings, pages);
        if (left == null && seen.isEmpty() && hadModels(repository, scope)) {
            pages.emptied();
            return null;
        }
        if (left == null) {
            known.keySet().removeIf(name -> name.startsWith(repository + ":") && !seen.contains(name) && colon < 0);
        }
        return left == null && tags.isEmpty() ? "the repository has no tag" : left;
    }

    /** A repository whose last tag was deleted is gone in many a registry, and in others has none. */
    private List<String> tags(String repository) throws SourceException, InterruptedException {
        try {
            return registry.tags(repository, config.maxTags());
        } catch (SourceException e) {
            int status = e.getCause() instanceof FetchException f ? f.status() : -1;
            if (GONE.contains(status) && hadModels(repository, repository) && registry.stands()) {
                return List.of();
            }
            throw e;
        }
    }

    private boolean hadModels(String repository, String scope) {
        return known.entrySet().stream()
                .anyMatch(one -> one.getValue().reading() != null
                        && (one.getKey().equals(scope)
                                || (scope.equals(repository) && one.getKey().startsWith(repository + ":"))));
    }

    private static void handOn(List<ModelReading> readings, Pages pages) {
        if (!readings.isEmpty()) {
            pages.page(List.copyOf(readings), null);
        }
    }

    private Known read(String repository, String tag) throws SourceException, InterruptedException {
        String name = repository + ":" + tag;
        String digest = registry.digest(repository, tag);
        Known before = known.get(name);
        if (before != null && before.digest().equals(digest)) {
            return before;
        }
        Json.Document document = registry.manifest(repository, tag);
        Manifest manifest = Manifest.of(document, name);
        String id = ModelIds.of("oci", host + "/" + name);
        if (!OciModel.holds(manifest) || manifest.config() == null || id == null) {
            return new Known(manifest.digest(), null);
        }
        Json.Document configuration =
                registry.json(repository, manifest.config().digest());
        return new Known(manifest.digest(), OciModel.reading(id, manifest, configuration.root(), document.evidence()));
    }
}
