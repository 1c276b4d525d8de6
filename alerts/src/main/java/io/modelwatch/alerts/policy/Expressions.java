package io.modelwatch.alerts.policy;

import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableMap;
import com.google.errorprone.annotations.Immutable;
import dev.cel.bundle.Cel;
import dev.cel.bundle.CelBuilder;
import dev.cel.bundle.CelFactory;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.CelType;
import dev.cel.common.types.CelTypeProvider;
import dev.cel.common.types.SimpleType;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelFunctionBinding;
import io.modelwatch.schemas.Glob;
import io.modelwatch.schemas.ModelNames;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Compiles and checks expressions. What they can do is bounded: their length, their depth, the rounds of all their loops
 * together, and regular expressions that take linear time (RE2). They see nothing but a {@link Subject}: no clock, no
 * chance, no files.
 */
final class Expressions {

    static final int MAX_LENGTH = 4_000;
    static final int MAX_DEPTH = 32;
    /** Rounds of all loops of one evaluation: far more than a bill has entries. */
    static final int MAX_ITERATIONS = 2_000;
    /** Steps of a compiled regular expression. */
    static final int MAX_REGEX = 1_000;

    /** What expressions can call beside the standard functions of CEL, with their meanings, for the reference. */
    static final Map<String, String> FUNCTIONS = ImmutableMap.of(
            "glob(pattern string, text string) bool",
                    "whether a pattern matches; `*` stands for any run of characters, as in procurement events",
            "isTime(value dyn) bool", "whether `time` can read a value",
            "sameModel(asked string, answered string) bool",
                    "whether the spelling says that an answer is what was asked for: the same name, or a dated snapshot of it",
            "time(value dyn) timestamp", "reads RFC 3339, a date (its start in UTC), epoch seconds or milliseconds");

    private final Cel cel;
    private final Problems problems;

    Expressions(Map<String, Object> params, Problems problems) {
        this.problems = problems;
        Shape<Map<String, Object>> shape = Vocabulary.params(params);
        ImmutableMap.Builder<String, CelType> types = ImmutableMap.builder();
        Vocabulary.SHAPES.forEach(one -> types.put(one.name(), one.type()));
        types.put(shape.name(), shape.type());
        CelBuilder builder = CelFactory.plannerCelBuilder()
                .setOptions(CelOptions.current()
                        .enableHeterogeneousNumericComparisons(true)
                        .maxExpressionCodePointSize(MAX_LENGTH)
                        .maxParseRecursionDepth(MAX_DEPTH)
                        .comprehensionMaxIterations(MAX_ITERATIONS)
                        .maxRegexProgramSize(MAX_REGEX)
                        .build())
                .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
                .setTypeProvider(new Types(types.buildOrThrow()))
                .addVar(Vocabulary.PARAMS, shape.type());
        Vocabulary.VARIABLES.forEach(variable -> builder.addVar(variable.name(), variable.type()));
        functions(builder);
        this.cel = builder.build();
    }

    private static void functions(CelBuilder builder) {
        builder.addFunctionDeclarations(
                        CelFunctionDecl.newFunctionDeclaration(
                                "glob",
                                CelOverloadDecl.newGlobalOverload(
                                        "glob_string_string", SimpleType.BOOL, SimpleType.STRING, SimpleType.STRING)),
                        CelFunctionDecl.newFunctionDeclaration(
                                "isTime",
                                CelOverloadDecl.newGlobalOverload("isTime_dyn", SimpleType.BOOL, SimpleType.DYN)),
                        CelFunctionDecl.newFunctionDeclaration(
                                "sameModel",
                                CelOverloadDecl.newGlobalOverload(
                                        "sameModel_string_string",
                                        SimpleType.BOOL,
                                        SimpleType.STRING,
                                        SimpleType.STRING)),
                        CelFunctionDecl.newFunctionDeclaration(
                                "time",
                                CelOverloadDecl.newGlobalOverload("time_dyn", SimpleType.TIMESTAMP, SimpleType.DYN)))
                .addFunctionBindings(
                        CelFunctionBinding.from("glob_string_string", String.class, String.class, Glob::matches),
                        CelFunctionBinding.from("isTime_dyn", Object.class, value -> Times.read(value) != null),
                        CelFunctionBinding.from(
                                "sameModel_string_string", String.class, String.class, ModelNames::answers),
                        CelFunctionBinding.from("time_dyn", Object.class, Expressions::time));
    }

    private static Instant time(Object value) throws CelEvaluationException {
        Instant time = Times.read(value);
        if (time == null) {
            throw new CelEvaluationException("not a time: ask isTime() first");
        }
        return time;
    }

    /**
     * Compiles an expression.
     *
     * @param key what it is of its policy, for messages
     * @param type what must come out, null where anything may
     * @return null where it has a mistake, which is among the problems then
     */
    @Nullable
    Expression compile(Excerpt excerpt, String key, @Nullable CelType type) {
        try {
            CelAbstractSyntaxTree ast = cel.compile(excerpt.text()).getAst();
            if (type != null && !ast.getResultType().equals(type)) {
                problems.add(
                        excerpt.at(0),
                        key + " must be " + type.name() + ", not "
                                + ast.getResultType().name()
                                + (type.equals(SimpleType.BOOL) ? "; compare it with something" : ""));
                return null;
            }
            Words words = Words.of(ast);
            words.unknown().forEach((offset, complaint) -> problems.add(excerpt.at(offset), key + ": " + complaint));
            return new Expression(key, cel.createProgram(ast), words.kinds());
        } catch (CelValidationException e) {
            for (CelIssue issue : e.getErrors()) {
                problems.add(
                        excerpt.at(
                                issue.getSourceLocation().getLine(),
                                issue.getSourceLocation().getColumn()),
                        key + ": " + explain(issue.getMessage()));
            }
        } catch (CelEvaluationException e) {
            problems.add(excerpt.at(0), key + ": " + e.getMessage());
        }
        return null;
    }

    private static String explain(String message) {
        String plain =
                message.replace(" (in container '')", "").replace('\n', ' ').strip();
        if (plain.startsWith("undeclared reference")) {
            List<String> names = new ArrayList<>();
            Vocabulary.VARIABLES.forEach(variable -> names.add(variable.name()));
            names.add(Vocabulary.PARAMS);
            FUNCTIONS.keySet().stream()
                    .map(function -> function.substring(0, function.indexOf('(')) + "()")
                    .forEach(names::add);
            return plain + "; known are " + String.join(", ", names) + " and the functions of CEL";
        }
        if (plain.startsWith("undefined field")) {
            return plain + "; docs/policies.md lists the fields of every variable";
        }
        return plain;
    }

    @Immutable
    @SuppressWarnings("Immutable") // Types are never changed once they are made.
    private static final class Types implements CelTypeProvider {

        private final ImmutableMap<String, CelType> types;

        private Types(ImmutableMap<String, CelType> types) {
            this.types = types;
        }

        @Override
        public ImmutableCollection<CelType> types() {
            return types.values();
        }

        @Override
        public Optional<CelType> findType(String name) {
            return Optional.ofNullable(types.get(name));
        }
    }
}
