package io.modelwatch.producers.source;

import com.github.packageurl.MalformedPackageURLException;
import com.github.packageurl.PackageURL;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Package URLs of models. */
public final class ModelIds {

    /** As for ids that are pushed: they become keys of topics and of database indexes. */
    private static final int MAX_LENGTH = 1000;

    private ModelIds() {}

    /**
     * Returns the spelling that modelwatch uses of a package URL, in which brackets and the like are percent-encoded;
     * what is no package URL comes back as it is.
     */
    public static String canonical(String text) {
        try {
            return new PackageURL(text).canonicalize();
        } catch (MalformedPackageURLException | IllegalArgumentException e) {
            return text;
        }
    }

    /**
     * Returns the package URL of a name as Ollama writes it, or null if there is none: {@code qwen2.5:7b} is {@code
     * pkg:ollama/library/qwen2.5%3A7b}, since another tag is another model; {@code hf.co/ORG/NAME:TAG} is one of the Hub.
     */
    public static @Nullable String ollama(String name) {
        String plain = name.replaceFirst("^(registry\\.)?ollama\\.(ai|com)/", "");
        if (plain.matches("(hf\\.co|huggingface\\.co)/[^/:]+/[^/:]+(:[^/:]+)?")) {
            return of("huggingface", plain.replaceFirst("^[^/]+/", "").replaceFirst(":[^/:]+$", ""));
        }
        String tagged = plain.substring(plain.lastIndexOf('/') + 1).contains(":") ? plain : plain + ":latest";
        return of("ollama", tagged.contains("/") ? tagged : "library/" + tagged);
    }

    /**
     * Returns the canonical package URL of a path, or null if there is none: a path with control characters, spaces at its
     * ends or an empty part names nothing.
     *
     * @param type package URL type, {@code huggingface} or {@code generic}
     * @param path namespace and name, joined by slashes
     */
    public static @Nullable String of(String type, String path) {
        boolean names = path.equals(Bounded.text(path))
                && path.chars().noneMatch(Character::isISOControl)
                && Arrays.stream(path.split("/", -1)).noneMatch(part -> part.isBlank() || !part.equals(part.strip()));
        if (!names) {
            return null;
        }
        int slash = path.lastIndexOf('/');
        try {
            String url = new PackageURL(
                            type,
                            slash < 0 ? null : path.substring(0, slash),
                            path.substring(slash + 1),
                            null,
                            null,
                            null)
                    .canonicalize();
            return url.length() <= MAX_LENGTH ? url : null;
        } catch (MalformedPackageURLException e) {
            return null;
        }
    }
}
