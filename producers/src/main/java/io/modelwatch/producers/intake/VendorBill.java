package io.modelwatch.producers.intake;

import com.github.packageurl.MalformedPackageURLException;
import com.github.packageurl.PackageURL;
import io.modelwatch.schemas.Ids;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A bill that a vendor gave away, read as an announcement: which models run, in which revision, and in which countries.
 * It is JSON of CycloneDX 1 (https://cyclonedx.org/docs/) or SPDX 3 (https://spdx.github.io/spdx-spec/v3.0.1/).
 *
 * @param name what the bill calls itself: serial number and version, or the id of the document; else a digest
 * @param sha256 of the document
 * @param models in the order of the bill
 * @param countries where it runs, ISO 3166-1 alpha-2, sorted
 * @param ignored what of the bill an announcement cannot hold, in words
 */
public record VendorBill(String name, String sha256, List<Model> models, List<String> countries, List<String> ignored) {

    /** Longest document, in bytes: a bill of ours with everything in it is a tenth of that. */
    public static final int MAX_BYTES = 8 << 20;

    /** Components that one announcement may name; as many as fit into one record. */
    static final int MAX_MODELS = 5000;

    /** Nested components of others go deeper than our own forms do; deeper than this nobody nests. */
    private static final int MAX_DEPTH = 100;

    /** What is said of what was ignored; one line a kind is worth reading, a thousand are not. */
    private static final int MAX_IGNORED = 20;

    private static final int MAX_NAME = 500;

    /** Codes, by themselves and by the English name in lower case: CycloneDX allows either. */
    private static final Map<String, String> COUNTRIES = codes();

    private static final Pattern MARK = Pattern.compile(
            "^\\s*\\{.*(\"bomFormat\"|\"spdxVersion\"|\"@graph\"|\"@context\"\\s*:\\s*\"https?://spdx)|^\\s*<",
            Pattern.DOTALL);

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxNumberLength(100)
                            .maxStringLength(MAX_BYTES)
                            .maxNameLength(1000)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** @param revision or null where the bill names none */
    public record Model(String id, @Nullable String revision) {}

    /** Copies the lists. */
    public VendorBill {
        models = List.copyOf(models);
        countries = List.copyOf(countries);
        ignored = List.copyOf(ignored);
    }

    /** The document is no bill that can be read; the message says why and what can. */
    public static final class UnreadableException extends Exception {
        private static final long serialVersionUID = 1L;

        /** @param message what is wrong */
        UnreadableException(String message) {
            super(message);
        }
    }

    private static Map<String, String> codes() {
        Map<String, String> countries = new HashMap<>();
        for (String code : Locale.getISOCountries()) {
            countries.put(code.toLowerCase(Locale.ROOT), code);
            countries.put(Locale.of("", code).getDisplayCountry(Locale.ENGLISH).toLowerCase(Locale.ROOT), code);
        }
        return Map.copyOf(countries);
    }

    /** Tells a bill from JSON Lines by the beginning of the text. */
    public static boolean looksLike(String beginning) {
        return MARK.matcher(beginning).find();
    }

    /**
     * Reads a bill.
     *
     * @param in UTF-8; not closed
     * @throws UnreadableException if it is too long, no JSON, or of no format that is read
     */
    public static VendorBill read(InputStream in) throws IOException, UnreadableException {
        byte[] bytes = in.readNBytes(MAX_BYTES + 1);
        if (bytes.length > MAX_BYTES) {
            throw new UnreadableException("the bill is longer than " + (MAX_BYTES >> 20) + " MiB");
        }
        JsonNode document;
        try {
            document = JSON.readTree(bytes);
        } catch (JacksonException e) {
            boolean xml = new String(bytes, 0, Math.min(bytes.length, 100), StandardCharsets.UTF_8)
                    .stripLeading()
                    .startsWith("<");
            throw new UnreadableException(
                    xml
                            ? "the bill is XML; give it as JSON"
                            : "the bill is not whole JSON: " + Fields.quote(String.valueOf(e.getOriginalMessage())));
        }
        Draft draft = new Draft();
        String name;
        if ("CycloneDX".equals(document.path("bomFormat").asString(""))) {
            name = CycloneDxReader.read(document, draft);
        } else if (SpdxReader.reads(document)) {
            name = SpdxReader.read(document, draft);
        } else if (document.has("spdxVersion")) {
            throw new UnreadableException(
                    "an SPDX 2 document has no models; give the bill as SPDX 3 or CycloneDX 1.5 or later");
        } else {
            throw new UnreadableException(
                    "neither a CycloneDX bill (bomFormat) nor an SPDX 3 document (@context of spdx.org)");
        }
        if (draft.models.isEmpty() && draft.countries.isEmpty()) {
            // As an announcement it would take back what the vendor said before.
            throw new UnreadableException("the bill names no model with a package URL and no hosting country"
                    + (draft.ignored.isEmpty() ? "" : ": " + String.join("; ", draft.told())));
        }
        String sha256 = Ids.sha256(bytes);
        return new VendorBill(
                name.isBlank() || name.length() > MAX_NAME ? "sha256:" + sha256 : name,
                sha256,
                List.copyOf(draft.models),
                List.copyOf(draft.countries),
                draft.told());
    }

    /**
     * Returns the disclosure that the bill makes, in the form that {@code disclose} reads.
     *
     * @param vendor who gave it
     * @param deployment only of this deployment, or null
     * @param observedAt when it came here
     * @param announcedAt when it was announced, or null where that is when it came here
     */
    public ObjectNode disclosure(
            String vendor, @Nullable String deployment, Instant observedAt, @Nullable Instant announcedAt) {
        ObjectNode form = JsonNodeFactory.instance.objectNode();
        form.put("id", vendor + ":" + name);
        form.put("vendor", vendor);
        if (deployment != null) {
            form.put("deployment", deployment);
        }
        form.put("observedAt", observedAt.toString());
        if (announcedAt != null) {
            form.put("announcedAt", announcedAt.toString());
        }
        ArrayNode all = form.putArray("models");
        for (Model model : models) {
            ObjectNode one = all.addObject().put("id", model.id());
            if (model.revision() != null) {
                one.put("revision", model.revision());
            }
        }
        ArrayNode places = form.putArray("countries");
        countries.forEach(places::add);
        form.putObject("evidence").put("sha256", sha256).put("method", "file");
        return form;
    }

    /** What has been read so far. */
    static final class Draft {
        private final Set<Model> models = new LinkedHashSet<>();
        private final Set<String> countries = new TreeSet<>();
        private final Set<String> ignored = new LinkedHashSet<>();
        private long more;

        /**
         * Takes a model, or says why not.
         *
         * @param name for the message
         * @param purl package URL, empty where there is none
         * @param version of the component; empty where that of the package URL counts
         */
        void model(String name, String purl, String version) throws UnreadableException {
            String named = "the model " + Fields.quote(name);
            if (purl.isBlank()) {
                ignore(named + " has no package URL");
                return;
            }
            try {
                PackageURL url = new PackageURL(purl);
                String revision = version.isBlank() ? url.getVersion() : version;
                models.add(new Model(
                        url.toBuilder().withVersion(null).build().canonicalize(),
                        revision == null || revision.isBlank() ? null : revision));
            } catch (MalformedPackageURLException | IllegalArgumentException e) {
                ignore(named + " has an illegal package URL: " + Fields.quote(purl));
            }
            if (models.size() > MAX_MODELS) {
                throw new UnreadableException("the bill names more than " + MAX_MODELS + " models");
            }
        }

        /** Takes a country by its code or its English name, or says why not. */
        void country(String text) {
            String stripped = text.strip();
            if (stripped.isEmpty()) {
                return;
            }
            String code = COUNTRIES.get(stripped.toLowerCase(Locale.ROOT));
            if (code == null) {
                ignore("the hosting country " + Fields.quote(text) + " is no ISO 3166-1 code and no English name");
            } else {
                countries.add(code);
            }
        }

        void ignore(String what) {
            if (ignored.size() < MAX_IGNORED) {
                ignored.add(what);
            } else {
                more++;
            }
        }

        private List<String> told() {
            List<String> told = new ArrayList<>(ignored);
            if (more > 0) {
                told.add("and " + more + " more");
            }
            return told;
        }
    }
}
