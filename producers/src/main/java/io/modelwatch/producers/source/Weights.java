package io.modelwatch.producers.source;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The model that a runtime's own words about its weights stand for.
 *
 * @param id package URL; one under {@code pkg:generic/<deployment>/} where the words name no hub
 * @param revision commit, where the words hold one
 * @param resolved whether the words name a model of a hub, or the settings say which it is
 */
public record Weights(String id, @Nullable String revision, boolean resolved) {

    /** The setting with the package URLs of what cannot be told from words alone. */
    public static final String KNOWN = "models";

    /** How the Hub itself bounds the parts of a repository's name. */
    private static final String PART = "[A-Za-z0-9][A-Za-z0-9._-]{0,95}";

    private static final Pattern REPOSITORY = Pattern.compile("(" + PART + "/" + PART + ")(?:[:@]([A-Za-z0-9._-]+))?");

    /** The Hub's cache on disk: {@code models--ORG--NAME/snapshots/<commit>}. */
    private static final Pattern CACHED =
            Pattern.compile(".*/models--(" + PART + ")--(" + PART + ")(?:/snapshots/([0-9a-f]{40}))?(?:/.*)?");

    private static final Pattern ON_HUB =
            Pattern.compile("(?:hf://|(?:https?://)?(?:www\\.)?(?:huggingface\\.co|hf\\.co)/)(" + PART + "/" + PART
                    + ")(?:(?:[:@]|/tree/)([A-Za-z0-9._-]+))?(?:/.*)?");

    /**
     * Returns what the words stand for.
     *
     * @param words a repository, an address, a path or a mere name
     * @param deployment where it runs: a name that means nothing elsewhere is a model of this deployment alone
     * @param known package URLs by words, from the settings; they go before everything
     * @return null if the words can name nothing
     */
    public static @Nullable Weights of(String words, String deployment, Map<String, String> known) {
        String given = known.get(words);
        if (given != null) {
            return new Weights(ModelIds.canonical(given), null, true);
        }
        if (words.startsWith("pkg:")) {
            return new Weights(ModelIds.canonical(words), null, true);
        }
        Matcher hub = ON_HUB.matcher(words);
        if (hub.matches()) {
            return onHub(hub.group(1), hub.group(2));
        }
        Matcher cached = CACHED.matcher(words);
        if (cached.matches()) {
            return onHub(cached.group(1) + "/" + cached.group(2), cached.group(3));
        }
        Matcher repository = REPOSITORY.matcher(words);
        if (repository.matches()) {
            return onHub(repository.group(1), repository.group(2));
        }
        return unresolved(words, deployment);
    }

    /**
     * Reads what the settings say that words stand for.
     *
     * @throws IllegalArgumentException if something in it is no package URL
     */
    public static Map<String, String> known(Settings settings) {
        Map<String, String> known = settings.map(KNOWN);
        known.forEach((words, id) -> {
            if (!id.matches("pkg:[a-z0-9.+-]+/[^@?#\\s]+")) {
                throw new IllegalArgumentException(
                        KNOWN + ": '" + words
                                + "' must stand for a package URL without version, for example pkg:huggingface/Qwen/Qwen2.5-7B");
            }
        });
        return known;
    }

    /** Returns the model that has a name in this deployment alone; null if the name can name nothing. */
    public static @Nullable Weights unresolved(String words, String deployment) {
        String name = withoutAccount(words).replaceFirst("^/+", "").replaceFirst("/+$", "");
        String id = ModelIds.of("generic", deployment.replace('/', '_') + "/" + name.replaceAll("[/\\\\?#]+", "_"));
        return id == null ? null : new Weights(id, null, false);
    }

    /**
     * Returns the words as they may be told: an address may carry a password, and a query a signature.
     *
     * @param words an address or anything else
     */
    public static String withoutAccount(String words) {
        if (!words.contains("://")) {
            return words;
        }
        try {
            URI uri = new URI(words);
            String authority =
                    uri.getRawAuthority() == null ? "" : uri.getRawAuthority().replaceFirst("^.*@", "");
            return uri.getScheme() + "://" + authority + (uri.getRawPath() == null ? "" : uri.getRawPath());
        } catch (URISyntaxException e) {
            return words.replaceAll("://[^/]*@", "://").replaceFirst("[?#].*$", "");
        }
    }

    private static Weights onHub(String repository, @Nullable String revision) {
        String id = ModelIds.of("huggingface", repository);
        // The pattern has let through what is legal in a package URL.
        return new Weights(
                id == null ? "pkg:huggingface/" + repository : id,
                revision == null || revision.equals("main") ? null : revision,
                true);
    }
}
