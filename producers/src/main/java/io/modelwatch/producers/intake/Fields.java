package io.modelwatch.producers.intake;

import com.github.packageurl.MalformedPackageURLException;
import com.github.packageurl.PackageURL;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One JSON object of a line, read field by field. What is wrong is noted under the field's path and reading goes on, so
 * that one look at the answer shows every fault; a value that is absent or wrong comes back as null.
 */
final class Fields {

    /** More say nothing new, and a line of a megabyte could hold thousands. */
    private static final int MAX_PROBLEMS = 20;

    /** Ids become Kafka keys and keys of database indexes; the longest real ones are well below 300. */
    private static final int MAX_ID = 1000;

    /** Each one is compared, and each that differs is a record. */
    private static final int MAX_ATTRIBUTES = 4096;

    /** RFC 3339 in UTC; what it lets through that is no date fails in {@link Instant#parse}. */
    private static final Pattern TIME =
            Pattern.compile("\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?(Z|[+-]00:00)");

    private static final Set<String> COUNTRIES = Set.of(Locale.getISOCountries());

    private final JsonNode node;
    private final String path;
    private final BiConsumer<String, String> problems;

    private Fields(JsonNode node, String path, BiConsumer<String, String> problems) {
        this.node = node;
        this.path = path;
        this.problems = problems;
    }

    /** The problems of one line, bounded. */
    static final class Problems implements BiConsumer<String, String> {
        private final int line;
        private final List<LineError> errors = new ArrayList<>();

        Problems(int line) {
            this.line = line;
        }

        @Override
        public void accept(String field, String message) {
            if (errors.size() < MAX_PROBLEMS) {
                errors.add(new LineError(line, quote(field), message));
            }
        }

        List<LineError> errors() {
            return errors;
        }
    }

    /** Starts at the object that a line holds. */
    static Fields of(JsonNode line, BiConsumer<String, String> problems) {
        return new Fields(line, "", problems);
    }

    /** Checks which fields are there. Until this is called nothing is known to be missing or unknown. */
    Fields as(Form form) {
        for (String name : node.propertyNames()) {
            if (!form.fields().contains(name)) {
                wrong(name, "unknown field; known here: " + String.join(", ", form.fields()));
            }
        }
        for (String name : form.required()) {
            if (!node.has(name)) {
                wrong(name, "required field is missing");
            }
        }
        return this;
    }

    void wrong(String name, String message) {
        problems.accept(name.isEmpty() ? path : path.isEmpty() ? name : path + "." + name, message);
    }

    boolean has(String name) {
        return node.has(name);
    }

    @Nullable
    Fields object(String name, Form form) {
        JsonNode value = node.get(name);
        if (value == null) {
            return null;
        }
        if (!value.isObject()) {
            wrong(name, wrongType("an object", value));
            return null;
        }
        return new Fields(value, path.isEmpty() ? name : path + "." + name, problems).as(form);
    }

    List<Fields> objects(String name, Form form) {
        List<Fields> objects = new ArrayList<>();
        elements(name, "objects", (element, at) -> {
            if (element.isObject()) {
                String prefix = path.isEmpty() ? at : path + "." + at;
                objects.add(new Fields(element, prefix, problems).as(form));
            } else {
                wrong(at, wrongType("an object", element));
            }
        });
        return objects;
    }

    /** A list of texts, null where the field is absent. */
    @Nullable
    List<String> texts(String name) {
        if (!node.has(name)) {
            return null;
        }
        List<String> texts = new ArrayList<>();
        elements(name, "strings", (element, at) -> {
            String text = text(at, element);
            if (text != null) {
                texts.add(text);
            }
        });
        return texts;
    }

    @Nullable
    String text(String name) {
        JsonNode value = node.get(name);
        return value == null ? null : text(name, value);
    }

    private @Nullable String text(String name, JsonNode value) {
        if (!value.isString()) {
            wrong(name, wrongType("a string", value));
            return null;
        }
        String text = value.stringValue();
        if (text.isBlank()) {
            wrong(name, "must not be empty");
            return null;
        }
        return storable(name, text) ? text : null;
    }

    /** PostgreSQL holds no NUL, and half a surrogate pair has no UTF-8 form: two different texts would become one. */
    private boolean storable(String name, String text) {
        boolean halfPair =
                text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
        if (text.indexOf('\0') >= 0 || halfPair) {
            wrong(name, "must not hold the character NUL or half a surrogate pair");
            return false;
        }
        return true;
    }

    /** A name that serves as a key: no control characters, bounded. */
    @Nullable
    String id(String name) {
        String text = text(name);
        if (text == null) {
            return null;
        }
        if (text.length() > MAX_ID || text.chars().anyMatch(Character::isISOControl) || !text.equals(text.strip())) {
            wrong(name, "must have at most " + MAX_ID + " characters, no control characters and no space at its ends");
            return null;
        }
        return text;
    }

    /** The id of a deployment. */
    @Nullable
    String deploymentId(String name) {
        String id = id(name);
        if (id != null && id.regionMatches(true, 0, "pkg:", 0, 4)) {
            wrong(name, "a deployment's id must not start with pkg: (that is how models are told from deployments)");
            return null;
        }
        return id;
    }

    /** The id of a model: a package URL without version, in its canonical spelling. */
    @Nullable
    String modelId(String name) {
        String text = id(name);
        if (text == null) {
            return null;
        }
        try {
            PackageURL url = new PackageURL(text);
            if (url.getVersion() != null) {
                wrong(name, "must not have a version (" + quote("@" + url.getVersion()) + "): put it in revision");
                return null;
            }
            return url.canonicalize();
        } catch (MalformedPackageURLException | IllegalArgumentException e) {
            wrong(
                    name,
                    "not a package URL: " + quote(text) + "; for example pkg:huggingface/Qwen/Qwen2.5-7B-Instruct or"
                            + " pkg:generic/openai/gpt-4o");
            return null;
        }
    }

    /** A glob over package URLs. */
    @Nullable
    String glob(String name) {
        String text = text(name);
        return text != null && canMatch(name, text) ? text : null;
    }

    /** A list of globs over package URLs, null where the field is absent. */
    @Nullable
    List<String> globs(String name) {
        List<String> globs = texts(name);
        if (globs != null) {
            for (int i = 0; i < globs.size(); i++) {
                canMatch(name + "[" + i + "]", globs.get(i));
            }
        }
        return globs;
    }

    /** A glob that can match no package URL would refuse everything in silence. */
    private boolean canMatch(String name, String glob) {
        int star = glob.indexOf('*');
        String start = star < 0 ? glob : glob.substring(0, star);
        if (start.startsWith("pkg:") || (star >= 0 && "pkg:".startsWith(start))) {
            return true;
        }
        wrong(name, "matches no model: a glob covers a whole package URL, for example pkg:huggingface/Qwen/Qwen2.5-*");
        return false;
    }

    /** One of some legal words, null where the field is absent. */
    @Nullable
    String word(String name, Collection<String> legal) {
        String text = text(name);
        if (text != null && !legal.contains(text)) {
            wrong(name, "must be one of " + String.join(", ", legal) + ", is " + quote(text));
            return null;
        }
        return text;
    }

    /** A list of legal words, null where the field is absent. */
    @Nullable
    List<String> words(String name, Collection<String> legal) {
        List<String> words = texts(name);
        if (words != null) {
            for (int i = 0; i < words.size(); i++) {
                if (!legal.contains(words.get(i))) {
                    wrong(
                            name + "[" + i + "]",
                            "must be one of " + String.join(", ", legal) + ", is " + quote(words.get(i)));
                }
            }
        }
        return words;
    }

    @Nullable
    String country(String name) {
        String text = text(name);
        return text != null && isCountry(name, text) ? text : null;
    }

    /** A list of countries, null where the field is absent. */
    @Nullable
    List<String> countries(String name) {
        List<String> countries = texts(name);
        if (countries != null) {
            for (int i = 0; i < countries.size(); i++) {
                isCountry(name + "[" + i + "]", countries.get(i));
            }
        }
        return countries;
    }

    private boolean isCountry(String name, String text) {
        if (COUNTRIES.contains(text)) {
            return true;
        }
        wrong(name, "not an ISO 3166-1 alpha-2 country code in upper case (NL, DE, US …): " + quote(text));
        return false;
    }

    /** A time, cut to the millisecond that Avro keeps, so that ids do not depend on what is lost later. */
    @Nullable
    Instant time(String name) {
        String text = text(name);
        if (text == null) {
            return null;
        }
        if (TIME.matcher(text).matches()) {
            try {
                return Instant.parse(text).truncatedTo(ChronoUnit.MILLIS);
            } catch (DateTimeException e) {
                // Falls through: the shape of a time, but no such day or hour.
            }
        }
        wrong(name, "not a time in RFC 3339 and UTC (for example 2026-03-01T10:00:00Z): " + quote(text));
        return null;
    }

    /** A time that must have come, give or take the clocks' difference. */
    @Nullable
    Instant past(String name, Instant latest) {
        Instant time = time(name);
        if (time != null && time.isAfter(latest)) {
            wrong(name, "lies in the future: " + time + " (five minutes are allowed)");
            return null;
        }
        return time;
    }

    boolean flag(String name) {
        JsonNode value = node.get(name);
        if (value == null) {
            return false;
        }
        if (!value.isBoolean()) {
            wrong(name, wrongType("true or false", value));
            return false;
        }
        return value.booleanValue();
    }

    int positive(String name, int absent) {
        JsonNode value = node.get(name);
        if (value == null) {
            return absent;
        }
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 1) {
            wrong(name, "must be a whole number from 1");
            return absent;
        }
        return value.intValue();
    }

    @Nullable
    Double share(String name) {
        JsonNode value = node.get(name);
        if (value == null) {
            return null;
        }
        if (!value.isNumber()) {
            wrong(name, wrongType("a number", value));
            return null;
        }
        double share = value.doubleValue();
        if (!(share >= 0 && share <= 1)) {
            wrong(name, "must lie between 0 and 1");
            return null;
        }
        return share;
    }

    /** An open map of strings, numbers, booleans and lists of strings. */
    Map<String, Object> attributes(String name) {
        Map<String, Object> attributes = new LinkedHashMap<>();
        JsonNode map = node.get(name);
        if (map == null) {
            return attributes;
        }
        if (!map.isObject()) {
            wrong(name, wrongType("an object", map));
            return attributes;
        }
        if (map.size() > MAX_ATTRIBUTES) {
            wrong(name, "has more than " + MAX_ATTRIBUTES + " entries");
            return attributes;
        }
        for (Map.Entry<String, JsonNode> entry : map.properties()) {
            String at = name + "." + entry.getKey();
            Object value = entry.getKey().isBlank() ? null : attribute(at, entry.getValue());
            if (entry.getKey().isBlank()) {
                wrong(name, "an attribute's name must not be empty");
            } else if (value != null && storable(at, entry.getKey())) {
                attributes.put(entry.getKey(), value);
            }
        }
        return attributes;
    }

    private @Nullable Object attribute(String at, JsonNode value) {
        if (value.isString()) {
            // Unlike a name, a compared value may be empty.
            return storable(at, value.stringValue()) ? value.stringValue() : null;
        }
        if (value.isBoolean()) {
            return value.booleanValue();
        }
        if (value.isIntegralNumber() && value.canConvertToLong()) {
            return value.longValue();
        }
        if (value.isNumber() && !value.isIntegralNumber() && Double.isFinite(value.doubleValue())) {
            return value.doubleValue();
        }
        if (value.isNumber()) {
            wrong(at, "number out of range");
            return null;
        }
        if (value.isArray()) {
            List<String> texts = new ArrayList<>();
            for (JsonNode element : value) {
                if (!element.isString()) {
                    wrong(at, "a list may hold strings only");
                    return null;
                }
                if (!storable(at, element.stringValue())) {
                    return null;
                }
                texts.add(element.stringValue());
            }
            return texts;
        }
        wrong(at, wrongType("a string, number, boolean or list of strings", value));
        return null;
    }

    private void elements(String name, String what, BiConsumer<JsonNode, String> each) {
        JsonNode array = node.get(name);
        if (array == null) {
            return;
        }
        if (!array.isArray()) {
            wrong(name, wrongType("a list of " + what, array));
            return;
        }
        int i = 0;
        for (JsonNode element : array) {
            each.accept(element, name + "[" + i++ + "]");
        }
    }

    private static String wrongType(String wanted, JsonNode value) {
        return "must be " + wanted + ", is "
                + (value.isNull() ? "null (leave the field out instead)" : describe(value));
    }

    private static String describe(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT -> "an object";
            case ARRAY -> "a list";
            case STRING -> "a string";
            case BOOLEAN -> "a boolean";
            case NUMBER -> "a number";
            default -> "something else";
        };
    }

    /** Makes a value of the input fit for a message: short and free of control characters. */
    static String quote(String text) {
        String clean = text.replaceAll("\\p{Cntrl}", "?");
        return clean.length() <= 80 ? clean : clean.substring(0, 80) + "…";
    }
}
