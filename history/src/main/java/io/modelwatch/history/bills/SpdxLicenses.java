package io.modelwatch.history.bills;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The ids of the SPDX licence list. Hubs write them in small letters, which the list does not. */
final class SpdxLicenses {

    private static final Map<String, String> IDS = read();

    private SpdxLicenses() {}

    /** Returns the id as the list spells it, or null for a text that is none: a name of a hub's own, or an expression. */
    static @Nullable String id(String license) {
        return IDS.get(license.strip().toLowerCase(Locale.ROOT));
    }

    private static Map<String, String> read() {
        Map<String, String> ids = new HashMap<>();
        try (InputStream in = Objects.requireNonNull(SpdxLicenses.class.getResourceAsStream("spdx-licenses.txt"));
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            lines.lines().forEach(id -> ids.put(id.toLowerCase(Locale.ROOT), id));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Map.copyOf(ids);
    }
}
