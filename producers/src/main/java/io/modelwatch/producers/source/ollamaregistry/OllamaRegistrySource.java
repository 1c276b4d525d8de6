package io.modelwatch.producers.source.ollamaregistry;

import io.modelwatch.producers.http.FetchException;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.registry.Login;
import io.modelwatch.producers.registry.Manifest;
import io.modelwatch.producers.registry.Manifest.Layer;
import io.modelwatch.producers.registry.Registry;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.producers.source.Pages;
import io.modelwatch.producers.source.Source;
import io.modelwatch.producers.source.SourceException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Watches tags of Ollama's registry, which anybody who may push can point elsewhere under the same name. The registry has
 * no list of tags and no catalogue: each is asked for by its name.
 */
public final class OllamaRegistrySource implements Source {

    /** Observations a transaction. */
    private static final int CHUNK = 100;

    /** No such tag. */
    private static final Set<Integer> GONE = Set.of(404, 410);

    /** What concerns one tag and not the registry; -1 for a manifest that is none, 200 for a page in its place. */
    private static final Set<Integer> OF_ONE = Set.of(-1, 200, 400, 401, 403, 404, 410);

    private final OllamaRegistryConfig config;
    private final Registry registry;

    /** Configurations by digest, which never change; those of the tags that are watched. */
    private final Map<String, JsonNode> configs = new HashMap<>();

    private final Set<String> everSeen = new HashSet<>();

    /** @param http what it reads with */
    public OllamaRegistrySource(OllamaRegistryConfig config, HttpFetcher http) {
        this.config = config;
        this.registry = new Registry(http, config.baseUrl(), Login.ANONYMOUS);
    }

    @Override
    public List<String> scopes() {
        return List.of("");
    }

    @Override
    public @Nullable String sweep(String scope, Pages pages) throws SourceException, InterruptedException {
        return new Sweep(pages).run();
    }

    /** One pass over the tags. */
    private final class Sweep {
        private final Pages pages;
        private final Set<String> configsInUse = new HashSet<>();
        private final List<ModelReading> page = new ArrayList<>();
        private int seen;
        private int gone;
        private int leftOut;
        private @Nullable String whyLeftOut;
        private @Nullable SourceException last;

        Sweep(Pages pages) {
            this.pages = pages;
        }

        @Nullable
        String run() throws SourceException, InterruptedException {
            for (String name : config.models()) {
                take(name);
                if (page.size() == CHUNK) {
                    handOn();
                }
            }
            handOn();
            configs.keySet().retainAll(configsInUse);
            if (seen == 0 && last != null) {
                if (gone < config.models().size() || !registry.stands()) {
                    // Every tag gone at once is a wrong address, or a registry that was shut down.
                    throw last;
                }
                pages.emptied();
            }
            return leftOut == 0 ? null : leftOut + " of " + config.models().size() + " models left out: " + whyLeftOut;
        }

        private void handOn() {
            if (!page.isEmpty()) {
                pages.page(List.copyOf(page), null);
                page.clear();
            }
        }

        private void take(String name) throws SourceException, InterruptedException {
            int colon = name.indexOf(':');
            String repository = name.substring(0, colon);
            try {
                Json.Document document = registry.manifest(repository, name.substring(colon + 1));
                Manifest manifest = Manifest.of(document, name);
                page.add(OllamaModel.reading(name, manifest, configuration(repository, manifest), document.evidence()));
                everSeen.add(name);
                seen++;
            } catch (SourceException e) {
                int status = e.getCause() instanceof FetchException f ? f.status() : -1;
                if (GONE.contains(status) && everSeen.contains(name)) {
                    last = e;
                    gone++;
                } else if (OF_ONE.contains(status)) {
                    leaveOut(name, e);
                } else {
                    // The next tag would fail the same way, each after all its tries.
                    handOn();
                    throw e;
                }
            }
        }

        private void leaveOut(String name, SourceException why) {
            last = why;
            leftOut++;
            whyLeftOut = name + ": " + why.getMessage();
        }

        private @Nullable JsonNode configuration(String repository, Manifest manifest)
                throws SourceException, InterruptedException {
            Layer layer = manifest.config();
            if (!config.details() || layer == null) {
                return null;
            }
            JsonNode known = configs.get(layer.digest());
            if (known == null) {
                known = registry.json(repository, layer.digest()).root();
                configs.put(layer.digest(), known);
            }
            configsInUse.add(layer.digest());
            return known;
        }
    }
}
