package io.modelwatch.alerts.policy;

import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime.Program;
import io.modelwatch.schemas.avro.ChangeKind;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A compiled expression; may be asked by several threads. */
final class Expression {

    /** What CEL puts before the words: a name and an offset that mean nothing to who wrote the file. */
    private static final Pattern PREFIX = Pattern.compile("^evaluation error( at \\S*:\\d+)?: ");

    private static final int MAX_MESSAGE = 200;

    private final String key;
    private final Program program;
    private final @Nullable Set<ChangeKind> kinds;

    /**
     * @param key what it is of its policy
     * @param kinds the only kinds of change for which it can be true, null where it may be for any
     */
    Expression(String key, Program program, @Nullable Set<ChangeKind> kinds) {
        this.key = key;
        this.program = program;
        this.kinds = kinds;
    }

    /** An expression could not be evaluated; the message says what happened. */
    static final class Failure extends Exception {
        private static final long serialVersionUID = 1L;

        private Failure(String message) {
            super(message);
        }
    }

    boolean concerns(ChangeKind kind) {
        return kinds == null || kinds.contains(kind);
    }

    /**
     * Evaluates it. The same variables give the same, in any process and at any time.
     *
     * @param variables what {@link Vocabulary#of} says of a change
     */
    Object eval(Map<String, Object> variables) throws Failure {
        try {
            return program.eval(variables);
        } catch (CelEvaluationException | RuntimeException e) {
            // Whatever a policy does must not stop the alerts of a deployment.
            throw new Failure(key + ": " + message(e));
        }
    }

    private static String message(Exception e) {
        String message = PREFIX.matcher(String.valueOf(e.getMessage())).replaceFirst("");
        return message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE) + "…";
    }
}
