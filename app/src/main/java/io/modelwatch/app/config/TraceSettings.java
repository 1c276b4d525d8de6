package io.modelwatch.app.config;

import io.modelwatch.schemas.tls.Pem;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where traces are sent.
 *
 * @param endpoint of OTLP over HTTP, with its path
 * @param sample share of the observations whose traces are kept, from 0 to 1
 * @param headers sent along, secrets among them
 * @param authorities certificates that are trusted instead of Java's own, as text (PEM), or null
 */
public record TraceSettings(
        URI endpoint,
        double sample,
        Map<String, String> headers,
        @Nullable String authorities) {

    private static final String PATH = "/v1/traces";

    private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");
    private static final Pattern VALUE = Pattern.compile("[\\x20-\\x7e]*");

    /** Copies the headers. */
    public TraceSettings {
        headers = Map.copyOf(headers);
    }

    /** Returns what the settings say, or null where nothing is traced. */
    static @Nullable TraceSettings of(Values values) {
        if (values.find(Setting.TRACES_ENDPOINT) == null) {
            return null;
        }
        return new TraceSettings(
                values.read(Setting.TRACES_ENDPOINT, "", TraceSettings::endpoint),
                values.read(Setting.TRACES_SAMPLE, "a number from 0 to 1", TraceSettings::share),
                headers(values.find(Setting.TRACES_HEADERS)),
                values.find(Setting.TRACES_CA_FILE) == null
                        ? null
                        : values.read(Setting.TRACES_CA_FILE, "", TraceSettings::authorities));
    }

    /** @throws IllegalArgumentException if there is nobody in the file whom one could trust */
    private static String authorities(String text) {
        Path file = Path.of(text);
        Pem.trusting(file);
        try {
            // Each byte a character: what stands between certificates may be in any encoding.
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new IllegalArgumentException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** The form is that of {@code OTEL_EXPORTER_OTLP_ENDPOINT}; an address with the path is taken too. */
    private static URI endpoint(String text) {
        URI uri;
        try {
            uri = URI.create(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("it is no address", e);
        }
        String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https") || uri.getHost() == null) {
            throw new IllegalArgumentException("it must be an http or https address, such as http://collector:4318");
        }
        if (uri.getRawUserInfo() != null || uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException("it must be an address without user, password and query: what is secret"
                    + " goes into " + Setting.TRACES_HEADERS.variable());
        }
        String path = uri.getRawPath().replaceAll("/+$", "");
        return uri.resolve(path.endsWith(PATH) ? path : path + PATH);
    }

    private static double share(String text) {
        double share = Double.parseDouble(text);
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException();
        }
        return share;
    }

    /** @throws ConfigException if they are not of that form; it quotes none of them */
    private static Map<String, String> headers(@Nullable String text) {
        Map<String, String> headers = new LinkedHashMap<>();
        if (text == null) {
            return headers;
        }
        for (String pair : text.split(",", -1)) {
            int at = pair.indexOf('=');
            String name = at < 0 ? "" : pair.substring(0, at).strip();
            String value = pair.substring(at + 1).strip();
            if (!HEADER.matcher(name).matches() || !VALUE.matcher(value).matches()) {
                throw new ConfigException(Setting.TRACES_HEADERS.variable()
                        + " must be headers like name=value, joined by commas; its entry " + (headers.size() + 1)
                        + " is none");
            }
            headers.put(name, value);
        }
        return headers;
    }

    /** Leaves the values of the headers and the certificates out. */
    @Override
    public String toString() {
        return "TraceSettings[endpoint=" + endpoint + ", sample=" + sample + ", headers=" + headers.keySet()
                + ", authorities=" + (authorities == null ? "Java's own" : "given") + "]";
    }
}
