package io.modelwatch.producers.source.jsonlist;

import io.modelwatch.producers.source.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * How a vendor's API lists its models: everything that is particular to a vendor.
 *
 * @param vendor namespace of the package URLs, {@code pkg:generic/<vendor>/<id>}
 * @param url address of the list, or null where each customer has another
 * @param tokenEnv environment variable with the token by default, or null where none is needed
 * @param tokenRequired whether the vendor lists nothing without a token
 * @param authHeader header that carries the token
 * @param authPrefix what stands before the token in it; {@code none} for nothing
 * @param headers further headers
 * @param query query parameters
 * @param paging {@code none}, {@code next-token} (a field holds the token of the next page), {@code after-id} (a field
 *     holds the last id) or {@code next-link} (a field holds the address of the next page)
 * @param pageParam query parameter that carries on
 * @param pageField dotted path of the field with the token, last id or address
 * @param moreField dotted path of the field that says whether there is more, or null
 * @param items dotted path of the list; empty where the body is the list
 * @param id name of the field with the model's id
 * @param idPrefix what every id begins with and says nothing
 * @param facts JSONata for {@code revision}, {@code author} and {@code license}
 * @param names attribute by dotted path, for fields that other vendors call otherwise
 * @param attributes JSONata by attribute
 * @param ignore fields (dotted paths) that are dropped, with all below them: volatile or mere prose
 */
public record Descriptor(
        String vendor,
        @Nullable String url,
        @Nullable String tokenEnv,
        boolean tokenRequired,
        String authHeader,
        String authPrefix,
        Map<String, String> headers,
        Map<String, String> query,
        String paging,
        String pageParam,
        String pageField,
        @Nullable String moreField,
        String items,
        String id,
        String idPrefix,
        Map<String, String> facts,
        Map<String, String> names,
        Map<String, String> attributes,
        Set<String> ignore) {

    /** Legal keys. */
    static final Set<String> KEYS = Set.of(
            "vendor",
            "url",
            "tokenEnv",
            "tokenRequired",
            "authHeader",
            "authPrefix",
            "headers",
            "query",
            "paging",
            "pageParam",
            "pageField",
            "moreField",
            "items",
            "id",
            "idPrefix",
            "facts",
            "names",
            "attributes",
            "ignore");

    /** The paging in which the answer itself says where it goes on. */
    static final String NEXT_LINK = "next-link";

    private static final Set<String> FACTS = Set.of("revision", "author", "license");
    private static final Set<String> PAGING = Set.of("none", "next-token", "after-id", NEXT_LINK);

    /** Checks what belongs together. */
    public Descriptor {
        headers = Map.copyOf(headers);
        query = Map.copyOf(query);
        facts = Map.copyOf(facts);
        names = Map.copyOf(names);
        attributes = Map.copyOf(attributes);
        ignore = Set.copyOf(ignore);
        if (!vendor.matches("[a-z0-9][a-z0-9._-]{0,63}")) {
            throw new IllegalArgumentException("vendor: lower-case letters, digits, '.', '_' and '-', not " + vendor);
        }
        if (!PAGING.contains(paging)) {
            throw new IllegalArgumentException("paging: none, next-token, after-id or next-link, not " + paging);
        }
        if (!paging.equals("none") && (pageField.isEmpty() || pageParam.isEmpty() != paging.equals(NEXT_LINK))) {
            throw new IllegalArgumentException("paging: " + paging + " needs "
                    + (paging.equals(NEXT_LINK) ? "pageField alone" : "pageParam and pageField"));
        }
        if (!FACTS.containsAll(facts.keySet())) {
            throw new IllegalArgumentException("facts: revision, author and license only, not " + facts.keySet());
        }
    }

    /**
     * Loads a descriptor.
     *
     * @param name one that is shipped ({@code openai}), or the path of a YAML file
     * @throws IllegalArgumentException if there is none, or it is not legal
     */
    public static Descriptor load(String name) {
        boolean shipped = name.matches("[a-z0-9-]+");
        try (InputStream in = shipped
                ? Descriptor.class.getResourceAsStream("/io/modelwatch/producers/descriptors/" + name + ".yaml")
                : Files.newInputStream(Path.of(name))) {
            if (in == null) {
                throw new IllegalArgumentException("descriptor '" + name
                        + "' is not shipped; a file of your own is given by its path, ./" + name + ".yaml");
            }
            @SuppressWarnings("unchecked")
            Map<String, Object> map = YAMLMapper.builder().build().readValue(in, Map.class);
            return of(new Settings("descriptor " + name, map, KEYS));
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException("descriptor '" + name + "': there is no such file", e);
        } catch (IOException | JacksonException | ClassCastException e) {
            throw new IllegalArgumentException("descriptor '" + name + "' cannot be read: " + e.getMessage(), e);
        }
    }

    private static Descriptor of(Settings settings) {
        return new Descriptor(
                settings.required("vendor"),
                settings.text("url") == null ? null : settings.url("url", settings.required("url")),
                settings.text("tokenEnv"),
                settings.flag("tokenRequired", false),
                or(settings.text("authHeader"), "Authorization"),
                or(settings.text("authPrefix"), "Bearer "),
                settings.map("headers"),
                settings.map("query"),
                or(settings.text("paging"), "none"),
                or(settings.text("pageParam"), ""),
                or(settings.text("pageField"), ""),
                settings.text("moreField"),
                or(settings.text("items"), ""),
                or(settings.text("id"), "id"),
                or(settings.text("idPrefix"), ""),
                settings.map("facts"),
                settings.map("names"),
                settings.map("attributes"),
                Set.copyOf(settings.texts("ignore")));
    }

    private static String or(@Nullable String text, String otherwise) {
        return text == null ? otherwise : text.equals("none") && otherwise.equals("Bearer ") ? "" : text;
    }
}
