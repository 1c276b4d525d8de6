package io.modelwatch.alerts.policy;

import dev.cel.common.types.SimpleType;
import io.modelwatch.alerts.policy.Effects.Grace;
import io.modelwatch.alerts.policy.Effects.Levels;
import io.modelwatch.alerts.policy.YamlDocument.Value;
import io.modelwatch.schemas.avro.Severity;
import io.modelwatch.schemas.avro.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads policies out of a file's YAML and compiles them. */
final class PolicyReader {

    static final Set<String> FILE_KEYS = Set.of("params", "policies");
    static final Set<String> EFFECT_KEYS =
            Set.of("severity", "grace", "graceUntil", "ignore", "baseline", "routes", "nextStep");
    static final Set<String> POLICY_KEYS = Stream.concat(
                    EFFECT_KEYS.stream(),
                    Stream.of("name", "version", "description", "mode", "priority", "from", "until", "when"))
            .collect(Collectors.toUnmodifiableSet());

    /** In the middle, so that there is room on both sides; what is shipped lies below. */
    static final int DEFAULT_PRIORITY = 500;

    private static final int MAX_PRIORITY = 1000;
    private static final int MAX_ROUTES = 20;
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
    private static final Pattern VERSION = Pattern.compile("[0-9A-Za-z][0-9A-Za-z._-]{0,31}");
    private static final String OTHERWISE = "otherwise";
    private static final String SEVERITIES = "informational, low, medium, high or critical";
    private static final List<Verdict> DRIFTS =
            List.of(Verdict.UNAPPROVED, Verdict.EXPIRED, Verdict.EXHAUSTED, Verdict.REVOKED);

    private final Expressions expressions;
    private final Problems problems;

    PolicyReader(Expressions expressions, Problems problems) {
        this.expressions = expressions;
        this.problems = problems;
    }

    /** Returns the policies of a file that have no mistake. */
    List<Policy> policies(@Nullable Value section, boolean shipped) {
        List<Policy> policies = new ArrayList<>();
        if (section != null) {
            for (Value one : section.list("policies")) {
                int before = problems.count();
                Policy policy = policy(one, shipped);
                if (policy != null && problems.count() == before) {
                    policies.add(policy);
                }
            }
        }
        return policies;
    }

    private @Nullable Policy policy(Value value, boolean shipped) {
        Map<String, Value> keys = value.map("a policy", POLICY_KEYS);
        String name = read(keys, "name", "small letters, digits and '-', such as hosting-moved", matching(NAME));
        Value when = keys.get("when");
        if (name == null || when == null) {
            if (!keys.containsKey("name") || when == null) {
                problems.add(value.place(), "a policy needs 'name' and 'when'");
            }
            return null;
        }
        String version = read(keys, "version", "a version such as 1 or 2026-03", matching(VERSION));
        String description = read(keys, "description", "a text", text -> text);
        Boolean log = read(keys, "mode", "enforce or log", PolicyReader::mode);
        Integer priority = read(keys, "priority", "a whole number from 0 to " + MAX_PRIORITY, PolicyReader::priority);
        Instant from = read(keys, "from", "a time such as 2026-03-01T00:00:00Z or a date", Times::read);
        Instant until = read(keys, "until", "a time such as 2026-04-01T00:00:00Z or a date", Times::read);
        if (from != null && until != null && !from.isBefore(until)) {
            problems.add(keys.getOrDefault("until", value).place(), "until must be later than from");
        }
        Excerpt condition = when.excerpt("when");
        Expression expression = condition == null ? null : expressions.compile(condition, "when", SimpleType.BOOL);
        Effects effects = effects(keys);
        if (EFFECT_KEYS.stream().noneMatch(keys::containsKey)) {
            problems.add(
                    value.place(),
                    "policy " + name + " sets nothing: give it severity, grace, graceUntil, ignore, baseline, routes or"
                            + " nextStep");
        }
        return expression == null
                ? null
                : new Policy(
                        name,
                        version == null ? "1" : version,
                        value.place(),
                        shipped,
                        description == null ? "" : description.replaceAll("\\s+", " "),
                        log != null && log,
                        priority == null ? DEFAULT_PRIORITY : priority,
                        from,
                        until,
                        expression,
                        effects);
    }

    private Effects effects(Map<String, Value> keys) {
        Value nextStep = keys.get("nextStep");
        Excerpt step = nextStep == null ? null : nextStep.excerpt("nextStep");
        return new Effects(
                levels(keys.get("severity")),
                grace(keys),
                read(keys, "ignore", "true or false", PolicyReader::truth),
                read(keys, "baseline", "drift or accept", PolicyReader::accept),
                routes(keys.get("routes")),
                step == null ? null : Template.of(step, expressions, problems));
    }

    private @Nullable Levels levels(@Nullable Value value) {
        if (value == null) {
            return null;
        }
        if (!value.isMap()) {
            Severity severity = read(value, "severity", SEVERITIES, PolicyReader::severity);
            return severity == null ? null : new Levels(severity, Map.of());
        }
        Map<Verdict, Severity> own = new EnumMap<>(Verdict.class);
        Severity otherwise = null;
        for (Map.Entry<String, Value> entry : value.entries("severity").entrySet()) {
            Severity severity =
                    read(entry.getValue(), "severity." + entry.getKey(), SEVERITIES, PolicyReader::severity);
            Verdict verdict = DRIFTS.stream()
                    .filter(one -> lower(one.name()).equals(entry.getKey()))
                    .findFirst()
                    .orElse(null);
            if (entry.getKey().equals(OTHERWISE)) {
                otherwise = severity;
            } else if (verdict == null) {
                problems.add(
                        entry.getValue().place(),
                        "severity: '" + entry.getKey() + "' must be unapproved, expired, exhausted, revoked or "
                                + OTHERWISE);
            } else if (severity != null) {
                own.put(verdict, severity);
            }
        }
        if (otherwise == null) {
            problems.add(value.place(), "severity by verdict needs '" + OTHERWISE + "' too");
            return null;
        }
        return new Levels(otherwise, own);
    }

    private @Nullable Grace grace(Map<String, Value> keys) {
        Duration span = read(keys, "grace", "a span of time such as 30m, 24h or 7d", Times::span);
        Value until = keys.get("graceUntil");
        if (until == null) {
            return span == null ? null : new Grace(span, null);
        }
        if (keys.containsKey("grace")) {
            problems.add(until.place(), "grace and graceUntil exclude one another; leave one of them");
        }
        Excerpt excerpt = until.excerpt("graceUntil");
        Expression end = excerpt == null ? null : expressions.compile(excerpt, "graceUntil", SimpleType.TIMESTAMP);
        return end == null ? null : new Grace(null, end);
    }

    private @Nullable List<String> routes(@Nullable Value value) {
        if (value == null) {
            return null;
        }
        List<String> routes = new ArrayList<>();
        for (Value one : value.list("routes")) {
            String route = read(one, "a route", "small letters, digits and '-'", matching(NAME));
            if (route != null) {
                routes.add(route);
            }
        }
        if (routes.size() > MAX_ROUTES) {
            problems.add(value.place(), "routes: at most " + MAX_ROUTES);
        }
        return List.copyOf(routes);
    }

    private <T> @Nullable T read(
            Map<String, Value> keys, String key, String legal, Function<String, @Nullable T> reader) {
        Value value = keys.get(key);
        return value == null ? null : read(value, key, legal, reader);
    }

    private <T> @Nullable T read(Value value, String key, String legal, Function<String, @Nullable T> reader) {
        String text = value.text(key);
        if (text == null) {
            return null;
        }
        T read = reader.apply(text);
        if (read == null) {
            problems.add(value.place(), key + ": '" + text + "' must be " + legal);
        }
        return read;
    }

    private static Function<String, @Nullable String> matching(Pattern pattern) {
        return text -> pattern.matcher(text).matches() ? text : null;
    }

    private static @Nullable Boolean mode(String text) {
        return text.equals("log") ? Boolean.TRUE : text.equals("enforce") ? Boolean.FALSE : null;
    }

    private static @Nullable Boolean truth(String text) {
        return text.equals("true") ? Boolean.TRUE : text.equals("false") ? Boolean.FALSE : null;
    }

    private static @Nullable Boolean accept(String text) {
        return text.equals("accept") ? Boolean.TRUE : text.equals("drift") ? Boolean.FALSE : null;
    }

    private static @Nullable Integer priority(String text) {
        return text.matches("\\d{1,4}") && Integer.parseInt(text) <= MAX_PRIORITY ? Integer.valueOf(text) : null;
    }

    private static @Nullable Severity severity(String text) {
        for (Severity severity : Severity.values()) {
            if (severity != Severity.UNKNOWN && lower(severity.name()).equals(text)) {
                return severity;
            }
        }
        return null;
    }

    private static String lower(String constant) {
        return constant.toLowerCase(Locale.ROOT);
    }
}
