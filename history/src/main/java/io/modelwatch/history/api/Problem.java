package io.modelwatch.history.api;

import io.javalin.http.Context;
import java.util.LinkedHashMap;
import java.util.Map;
import org.eclipse.jetty.http.HttpStatus;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** An answer that is an error, as problem+json (RFC 9457). Its detail is meant for the caller. */
final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String detail;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private final Map<String, String> parts = new LinkedHashMap<>();

    Problem(int status, String detail) {
        // No stack trace: a caller's mistake is not ours.
        super(detail, null, false, false);
        this.status = status;
        this.detail = detail;
    }

    static Problem notFound(String detail) {
        return new Problem(HttpStatus.NOT_FOUND_404, detail);
    }

    static Problem unavailable(String detail) {
        return new Problem(HttpStatus.SERVICE_UNAVAILABLE_503, detail).header("Retry-After", "2");
    }

    Problem header(String name, String value) {
        headers.put(name, value);
        return this;
    }

    /** Adds the trouble of a part of the program. */
    Problem part(String name, String trouble) {
        parts.put(name, trouble);
        return this;
    }

    int status() {
        return status;
    }

    void answer(Context context) {
        ObjectNode form = JsonNodeFactory.instance.objectNode();
        form.put("type", "about:blank");
        form.put("title", HttpStatus.getMessage(status));
        form.put("status", status);
        form.put("detail", detail);
        if (!parts.isEmpty()) {
            ObjectNode troubles = form.putObject("parts");
            parts.forEach(troubles::put);
        }
        headers.forEach(context::header);
        context.status(status).contentType("application/problem+json").result(form.toString());
    }
}
