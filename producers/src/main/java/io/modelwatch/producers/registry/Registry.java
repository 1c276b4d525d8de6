package io.modelwatch.producers.registry;

import io.modelwatch.producers.http.FetchException;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.http.Reach;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.SourceException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A registry, read as the distribution API has it: manifests, blobs, tags, and the token that it wants for a repository,
 * which it says where to get. Used by one thread at a time.
 */
public final class Registry {

    private static final String ACCEPT = "application/vnd.oci.image.manifest.v1+json, "
            + "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.index.v1+json";

    private static final Pattern NEXT = Pattern.compile("<([^>]{1,8192})>\\s*;\\s*rel=\"?next\"?");
    private static final int MAX_TAG_PAGES = 100;

    /** As the distribution specification has it. */
    private static final Pattern TAG = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}");

    private final HttpFetcher http;
    private final String baseUrl;
    private final Login login;
    private final Reach reach;
    private final Map<String, String> authorizationByRepository = new HashMap<>();

    /** @param login who asks */
    public Registry(HttpFetcher http, String baseUrl, Login login) {
        this(http, baseUrl, login, new Reach());
    }

    /** @param reach how far inside the places may lie that the registry names */
    Registry(HttpFetcher http, String baseUrl, Login login, Reach reach) {
        this.http = http;
        this.baseUrl = baseUrl;
        this.login = login;
        this.reach = reach;
    }

    private interface Read<T> {
        T read(Map<String, String> headers) throws FetchException, SourceException, InterruptedException;
    }

    /** Returns the manifest's document, whose evidence is the digest that identifies it. */
    public Json.Document manifest(String repository, String tag) throws SourceException, InterruptedException {
        URI uri = manifestOf(repository, tag);
        return authorized(repository, headers -> Json.get(http, uri, with(headers, "Accept", ACCEPT)));
    }

    /**
     * Returns the digest of a manifest without reading it, which registries do not count as a pull; null where it does
     * not say.
     */
    public @Nullable String digest(String repository, String tag) throws SourceException, InterruptedException {
        URI uri = manifestOf(repository, tag);
        try {
            String digest = authorized(repository, headers -> {
                try {
                    return http.head(uri, with(headers, "Accept", ACCEPT))
                            .firstValue("Docker-Content-Digest")
                            .orElse("");
                } catch (FetchException e) {
                    throw new SourceException(String.valueOf(e.getMessage()), e);
                }
            });
            return digest.isEmpty() ? null : digest;
        } catch (SourceException e) {
            int status = status(e);
            if (status == 405 || status == 501) {
                return null; // not every registry knows HEAD
            }
            throw e;
        }
    }

    /**
     * Returns whether there is a registry still: the base of its API ({@code /v2/}) answers, if only to say that nobody may come in.
     * So a tag that is gone is told from a registry that is.
     */
    public boolean stands() throws InterruptedException {
        try {
            var headers = http.head(URI.create(baseUrl + "/v2/"), Map.of());
            return !headers.map().isEmpty();
        } catch (FetchException e) {
            return e.status() == 401 || e.status() == 403 || e.status() == 405;
        }
    }

    /**
     * Returns the tags of a repository.
     *
     * @param most bound of their number
     * @throws SourceException if they cannot be read, or are more
     */
    public List<String> tags(String repository, int most) throws SourceException, InterruptedException {
        URI first = URI.create(baseUrl + "/v2/" + repository + "/tags/list?n=" + Math.min(most, 1000));
        List<String> tags = new ArrayList<>();
        Set<URI> visited = new HashSet<>();
        URI uri = first;
        while (uri != null) {
            URI here = uri;
            if (!visited.add(here) || visited.size() > MAX_TAG_PAGES) {
                throw new SourceException("the list of tags has no end at " + FetchException.place(here));
            }
            Json.Document document = authorized(repository, headers -> Json.get(http, here, headers));
            JsonNode listed = document.root().path("tags");
            // A repository whose last tag was deleted has null there.
            if (!listed.isArray() && !listed.isNull()) {
                throw new SourceException("no list 'tags' in the JSON from " + FetchException.place(here));
            }
            for (String tag : Json.texts(document.root(), "tags")) {
                // It becomes a part of the path of what is asked next.
                if (!TAG.matcher(tag).matches()) {
                    throw new SourceException("a tag with an illegal name from " + FetchException.place(here));
                }
                tags.add(tag);
            }
            if (tags.size() > most) {
                throw new SourceException("more than " + most + " tags (maxTags) at " + FetchException.place(here));
            }
            uri = next(document, first);
        }
        return tags;
    }

    private static @Nullable URI next(Json.Document document, URI first) throws SourceException {
        Matcher link =
                NEXT.matcher(document.fetched().headers().firstValue("Link").orElse(""));
        if (!link.find()) {
            return null;
        }
        try {
            URI next = document.fetched().uri().resolve(link.group(1));
            if (HttpFetcher.sameOrigin(first, next)) {
                return next;
            }
            throw new SourceException("a next page on another host, " + next.getHost() + ": not followed");
        } catch (IllegalArgumentException e) {
            throw new SourceException("a next page with no usable address", e);
        }
    }

    /**
     * Reads a small JSON blob. Registries keep blobs on hosts of others and redirect there: since what comes must have the
     * digest that was asked for, it may come from anywhere, and nothing that proves who we are goes along.
     *
     * @throws SourceException if it cannot be read, or is another
     */
    public Json.Document json(String repository, String digest) throws SourceException, InterruptedException {
        URI uri = URI.create(baseUrl + "/v2/" + repository + "/blobs/" + digest);
        Json.Document document;
        try {
            document = authorized(repository, headers -> Json.get(http, uri, headers));
        } catch (SourceException e) {
            document = Json.get(http, elsewhere(uri, e), Map.of());
        }
        if (!digest.equals("sha256:" + document.fetched().sha256())) {
            throw new SourceException("another content than " + digest + " from " + FetchException.place(uri));
        }
        return document;
    }

    private URI manifestOf(String repository, String tag) {
        return URI.create(baseUrl + "/v2/" + repository + "/manifests/" + tag);
    }

    private <T> T authorized(String repository, Read<T> read) throws SourceException, InterruptedException {
        String known = authorizationByRepository.get(repository);
        try {
            return read(known, read);
        } catch (SourceException e) {
            String challenge = status(e) == 401 && e.getCause() instanceof FetchException f
                    ? f.header("WWW-Authenticate").orElse("")
                    : "";
            if (challenge.isEmpty()) {
                throw e;
            }
            // The token that was good for an hour may be the one that is refused now.
            String fresh = login.answer(http, reach, challenge, repository, URI.create(baseUrl), e);
            authorizationByRepository.put(repository, fresh);
            return read(fresh, read);
        }
    }

    private static <T> T read(@Nullable String authorization, Read<T> read)
            throws SourceException, InterruptedException {
        try {
            return read.read(authorization == null ? Map.of() : Map.of("Authorization", authorization));
        } catch (FetchException e) {
            throw new SourceException(String.valueOf(e.getMessage()), e);
        }
    }

    private static Map<String, String> with(Map<String, String> headers, String name, String value) {
        Map<String, String> more = new HashMap<>(headers);
        more.put(name, value);
        return more;
    }

    private static int status(SourceException e) {
        return e.getCause() instanceof FetchException f ? f.status() : 0;
    }

    private URI elsewhere(URI uri, SourceException why) throws SourceException {
        String location = why.getCause() instanceof FetchException f
                ? f.header("Location").orElse("")
                : "";
        try {
            URI to = location.isEmpty() ? null : uri.resolve(location);
            // From https to http, somebody in between could at least see what is read.
            if (to != null
                    && to.getHost() != null
                    && String.valueOf(to.getScheme()).equals(uri.getScheme())) {
                if (!reach.admits(uri, to)) {
                    throw new SourceException("a redirect further inside than the registry is, to " + to.getHost()
                            + ", from " + FetchException.place(uri) + ": not followed");
                }
                return to;
            }
        } catch (IllegalArgumentException e) {
            throw new SourceException(
                    "a redirect to something that is no address from " + FetchException.place(uri), e);
        }
        throw why;
    }
}
