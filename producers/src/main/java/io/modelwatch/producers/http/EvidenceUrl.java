package io.modelwatch.producers.http;

import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * An address as evidence names it: it says where something was read, on topics that many read, and gives nobody the key to it.
 * User, password and fragment are left out, and so are values in the query whose names say that they are keys, such as the
 * token of a private feed or the signature of a link that a store hands out.
 */
public final class EvidenceUrl {

    private static final String HIDDEN = "***";

    /** A name that is a little too wide costs a value that nobody needs; one that is too narrow a secret. */
    private static final Pattern KEY = Pattern.compile(
            ".*(?:key|token|secret|password|passwd|pwd|signature|credential|jwt|sas)s?|sig|auth|authorization|pass|code|session",
            Pattern.CASE_INSENSITIVE);

    private EvidenceUrl() {}

    /** Returns where something was read. */
    public static String of(URI uri) {
        return of(uri.toString());
    }

    /** Returns an address that somebody gave, which may be none. */
    public static String of(String address) {
        String plain = address.replaceFirst("#.*$", "").replaceFirst("^([A-Za-z][A-Za-z0-9+.-]*://)[^/?]*@", "$1");
        int query = plain.indexOf('?');
        if (query < 0) {
            return plain;
        }
        return plain.substring(0, query + 1)
                + Arrays.stream(plain.substring(query + 1).split("&", -1))
                        .map(EvidenceUrl::parameter)
                        .collect(Collectors.joining("&"));
    }

    /** Returns the values that are left out of the query of an address, as they stand there. */
    static List<String> keys(URI uri) {
        return uri.getRawQuery() == null
                ? List.of()
                : Arrays.stream(uri.getRawQuery().split("&", -1))
                        .filter(given -> !parameter(given).equals(given))
                        .map(given -> given.substring(given.indexOf('=') + 1))
                        .toList();
    }

    private static String parameter(String given) {
        int equals = given.indexOf('=');
        boolean key = equals > 0 && KEY.matcher(given.substring(0, equals)).matches();
        return key ? given.substring(0, equals + 1) + HIDDEN : given;
    }
}
