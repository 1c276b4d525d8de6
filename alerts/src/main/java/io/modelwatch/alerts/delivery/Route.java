package io.modelwatch.alerts.delivery;

import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import io.modelwatch.schemas.avro.Severity;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The {@code when} of a delivery: a CEL expression over an alert. It is compiled and type-checked at start; a name that
 * does not exist is an error there, not a surprise later.
 */
final class Route {

    /** For machines, which can sort out themselves. */
    static final String EVERYTHING = "true";

    /** For people. */
    static final String MEDIUM_AND_WORSE = "alert.level >= medium";

    private static final int MAX_LENGTH = 4096;

    /** An alert's lists have a dozen entries; nested loops over them stay far below. */
    private static final int MAX_ITERATIONS = 10_000;

    private static final CelOptions OPTIONS = CelOptions.current()
            .maxExpressionCodePointSize(MAX_LENGTH)
            .comprehensionMaxIterations(MAX_ITERATIONS)
            .build();

    /** Qualified names, not fields of a map: so the checker knows each and its type. */
    private static final Map<String, CelType> VARIABLES = variables();

    /** {@code medium} and its like, for comparisons with {@code alert.level}. */
    private static final Map<String, Long> LEVELS = levels();

    private static final CelCompiler COMPILER = compiler();
    private static final CelRuntime RUNTIME =
            CelRuntimeFactory.standardCelRuntimeBuilder().setOptions(OPTIONS).build();

    private final CelRuntime.Program program;

    private Route(CelRuntime.Program program) {
        this.program = program;
    }

    /**
     * Compiles an expression.
     *
     * @throws IllegalArgumentException if it is not legal; the message says where and why
     */
    static Route compile(String expression) {
        try {
            return new Route(
                    RUNTIME.createProgram(COMPILER.compile(expression, "when").getAst()));
        } catch (CelValidationException e) {
            String issues = e.getErrors().stream().map(Route::words).collect(Collectors.joining("; "));
            throw new IllegalArgumentException("'when' is not legal: " + issues + "; it says: " + expression, e);
        } catch (CelEvaluationException e) {
            throw new IllegalArgumentException("'when' is not legal: " + e.getMessage(), e);
        }
    }

    private static String words(CelIssue issue) {
        // The checker looks for the longest name that it knows, and complains about the first part of one that it does
        // not.
        String what = issue.getMessage().startsWith("undeclared reference to 'alert'")
                ? "there is no such thing; there are " + String.join(", ", VARIABLES.keySet())
                : issue.getMessage();
        return "line " + issue.getSourceLocation().getLine() + ", column "
                + (issue.getSourceLocation().getColumn() + 1) + ": " + what;
    }

    /**
     * Returns whether a message goes this way.
     *
     * @throws CelEvaluationException if the expression fails on it
     */
    boolean holds(AlertFacts facts) throws CelEvaluationException {
        Map<String, Object> values = new HashMap<>(facts.variables());
        values.putAll(LEVELS);
        return Boolean.TRUE.equals(program.eval(values));
    }

    private static CelCompiler compiler() {
        CelCompilerBuilder builder = CelCompilerFactory.standardCelCompilerBuilder()
                .setOptions(OPTIONS)
                .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
                .setResultType(SimpleType.BOOL);
        VARIABLES.forEach(builder::addVar);
        LEVELS.keySet().forEach(name -> builder.addVar(name, SimpleType.INT));
        return builder.build();
    }

    private static Map<String, CelType> variables() {
        Map<String, CelType> variables = new LinkedHashMap<>();
        variables.put("alert.id", SimpleType.STRING);
        variables.put("alert.deployment", SimpleType.STRING);
        variables.put("alert.vendor", SimpleType.STRING);
        variables.put("alert.owner", SimpleType.STRING);
        variables.put("alert.severity", SimpleType.STRING);
        variables.put("alert.level", SimpleType.INT);
        variables.put("alert.state", SimpleType.STRING);
        variables.put("alert.verdict", SimpleType.STRING);
        variables.put("alert.disclosed", SimpleType.BOOL);
        variables.put("alert.kinds", ListType.create(SimpleType.STRING));
        variables.put("alert.policy", SimpleType.STRING);
        variables.put("alert.routes", ListType.create(SimpleType.STRING));
        return variables;
    }

    private static Map<String, Long> levels() {
        Map<String, Long> levels = new LinkedHashMap<>();
        for (Severity severity : Severity.values()) {
            if (severity != Severity.UNKNOWN) {
                levels.put(severity.name().toLowerCase(Locale.ROOT), (long) severity.ordinal());
            }
        }
        return levels;
    }
}
