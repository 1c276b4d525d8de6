package io.modelwatch.history.api;

import io.javalin.http.Context;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The query parameters of one request, read by the parameters of its route. */
final class Arguments {
    private final Map<String, Object> values;

    private Arguments(Map<String, Object> values) {
        this.values = values;
    }

    /** No parameters. */
    static Arguments none() {
        return new Arguments(Map.of());
    }

    /** @throws Problem if one is unknown, given twice, not legal or missing */
    static Arguments read(Context context, List<Param> params) {
        Map<String, Param> known = params.stream().collect(Collectors.toMap(Param::name, param -> param));
        Map<String, Object> values = new HashMap<>();
        context.queryParamMap().forEach((name, texts) -> {
            Param param = known.get(name);
            if (param == null) {
                throw new Problem(
                        400,
                        "'" + name + "' is no parameter of " + context.path() + "; "
                                + (params.isEmpty()
                                        ? "it takes none"
                                        : "it takes "
                                                + params.stream()
                                                        .map(Param::name)
                                                        .collect(Collectors.joining(", "))));
            }
            if (texts.size() != 1) {
                throw new Problem(400, name + ": given more than once");
            }
            values.put(name, param.read(texts.getFirst()));
        });
        for (Param param : params) {
            if (param.required() && !values.containsKey(param.name())) {
                throw new Problem(400, param.name() + ": is missing: " + param.description());
            }
        }
        return new Arguments(values);
    }

    @Nullable
    Object value(String name) {
        return values.get(name);
    }

    @Nullable
    String text(String name) {
        return (String) values.get(name);
    }

    /** A parameter that is required, so that no request without it comes this far. */
    String required(String name) {
        return Objects.requireNonNull(text(name), name);
    }

    @Nullable
    Instant time(String name) {
        return (Instant) values.get(name);
    }

    @Nullable
    Long count(String name) {
        return (Long) values.get(name);
    }

    boolean flag(String name) {
        return Boolean.TRUE.equals(values.get(name));
    }

    int limit() {
        return values.get(Param.LIMIT.name()) instanceof Long limit ? limit.intValue() : Param.DEFAULT_LIMIT;
    }
}
