package io.modelwatch.history.api;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Where a page ended, in a form that means nothing to the client. */
final class Cursor {
    private Cursor() {}

    /** @param list name of the list, so that a cursor of another one is refused */
    static String of(String list, String key) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString((list + ":" + key).getBytes(StandardCharsets.UTF_8));
    }

    /** @throws Problem if it is no cursor of this list */
    static String key(String list, String cursor) {
        try {
            String text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
            if (text.startsWith(list + ":") && text.indexOf('\0') < 0) {
                return text.substring(list.length() + 1);
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw foreign(list);
    }

    /** What is said of a cursor that is none of this list. */
    static Problem foreign(String list) {
        return new Problem(400, "not a cursor of " + list + "; give the `next` of a page of the same list");
    }

    /** @throws Problem if it is no cursor of this list, or its key is no number */
    static long number(String list, String cursor) {
        String key = key(list, cursor);
        if (!key.matches("\\d{1,18}")) {
            throw foreign(list);
        }
        return Long.parseLong(key);
    }
}
