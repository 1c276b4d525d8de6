package io.modelwatch.history.api;

import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.modelwatch.schemas.Ids;
import java.util.Arrays;

/** Entity tags (RFC 9110, 8.8.3): who has an answer already is told so, and not sent it again. */
final class EntityTag {
    private EntityTag() {}

    /** Tags a JSON document that is about to be sent, or replaces it by 304. */
    static void apply(Context context) {
        boolean asked = context.method() == HandlerType.GET || context.method() == HandlerType.HEAD;
        String type = context.res().getContentType();
        if (!asked || context.statusCode() != 200 || type == null || !type.startsWith("application/json")) {
            return;
        }
        String body = context.result();
        if (body == null) {
            return;
        }
        String tag = '"' + Ids.digest(body) + '"';
        context.header("ETag", tag);
        // Kept by the client, but asked about each time.
        context.header("Cache-Control", "private, no-cache");
        String known = context.header("If-None-Match");
        if (known != null && matches(known, tag)) {
            context.status(304).result("");
        }
    }

    private static boolean matches(String known, String tag) {
        return Arrays.stream(known.split(",", -1))
                .map(String::strip)
                .anyMatch(one -> one.equals("*") || one.equals(tag) || one.equals("W/" + tag));
    }
}
