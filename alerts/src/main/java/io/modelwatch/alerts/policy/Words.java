package io.modelwatch.alerts.policy;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.ExprKind.Kind;
import dev.cel.common.navigation.CelNavigableAst;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Verdict;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What an expression compares {@code change.kind} and {@code verdict.name} with. A word that is none is a slip that no type
 * check finds; and an expression that asks for a kind first need not be asked about any other.
 *
 * @param kinds the only kinds for which the expression can be true, null where it may be for any
 * @param unknown complaints by the offset of the word
 */
record Words(@Nullable Set<ChangeKind> kinds, Map<Integer, String> unknown) {

    private static final Set<String> KINDS = names(ChangeKind.values());
    private static final Set<String> VERDICTS = names(Verdict.values());

    private static final String AND = "_&&_";
    private static final String OR = "_||_";
    private static final String EQUALS = "_==_";
    private static final String DIFFERS = "_!=_";
    private static final String IN = "@in";

    static Words of(CelAbstractSyntaxTree ast) {
        Map<Integer, String> unknown = new TreeMap<>();
        CelNavigableAst.fromAst(ast)
                .getRoot()
                .allNodes()
                .map(node -> node.expr())
                .forEach(expr -> {
                    check(ast, expr, "change", "kind", KINDS, unknown);
                    check(ast, expr, "verdict", "name", VERDICTS, unknown);
                });
        return new Words(kinds(ast.getExpr()), unknown);
    }

    private static void check(
            CelAbstractSyntaxTree ast,
            CelExpr expr,
            String variable,
            String field,
            Set<String> known,
            Map<Integer, String> unknown) {
        for (CelExpr word : compared(expr, variable, field)) {
            String text = word.constant().stringValue();
            if (!known.contains(text)) {
                int offset = ast.getSource().getPositionsMap().getOrDefault(word.id(), 0);
                unknown.put(
                        offset,
                        "'" + text + "' is never a " + variable + "." + field + "; there are "
                                + known.stream().sorted().collect(Collectors.joining(", ")));
            }
        }
    }

    /** Returns the kinds for which an expression can be true, null for any. */
    private static @Nullable Set<ChangeKind> kinds(CelExpr expr) {
        if (expr.exprKind().getKind() != Kind.CALL) {
            return null;
        }
        List<CelExpr> args = expr.call().args();
        switch (expr.call().function()) {
            case AND -> {
                Set<ChangeKind> left = kinds(args.get(0));
                Set<ChangeKind> right = kinds(args.get(1));
                if (left == null || right == null) {
                    return left == null ? right : left;
                }
                Set<ChangeKind> both = EnumSet.copyOf(left);
                both.retainAll(right);
                return both;
            }
            case OR -> {
                Set<ChangeKind> left = kinds(args.get(0));
                Set<ChangeKind> right = kinds(args.get(1));
                if (left == null || right == null) {
                    return null;
                }
                Set<ChangeKind> either = EnumSet.copyOf(left);
                either.addAll(right);
                return either;
            }
            case EQUALS, IN -> {
                List<CelExpr> words = compared(expr, "change", "kind");
                return words.isEmpty()
                        ? null
                        : words.stream()
                                .map(word -> word.constant().stringValue())
                                .filter(KINDS::contains)
                                .map(ChangeKind::valueOf)
                                .collect(Collectors.toCollection(() -> EnumSet.noneOf(ChangeKind.class)));
            }
            default -> {
                return null;
            }
        }
    }

    /** Returns the words that an expression compares a field with; none where it does anything else. */
    private static List<CelExpr> compared(CelExpr expr, String variable, String field) {
        if (expr.exprKind().getKind() != Kind.CALL || expr.call().args().size() != 2) {
            return List.of();
        }
        CelExpr left = expr.call().args().get(0);
        CelExpr right = expr.call().args().get(1);
        return switch (expr.call().function()) {
            case EQUALS, DIFFERS ->
                is(left, variable, field)
                        ? texts(List.of(right))
                        : is(right, variable, field) ? texts(List.of(left)) : List.of();
            case IN ->
                is(left, variable, field) && right.exprKind().getKind() == Kind.LIST
                        ? texts(right.list().elements())
                        : List.of();
            default -> List.of();
        };
    }

    private static boolean is(CelExpr expr, String variable, String field) {
        return expr.exprKind().getKind() == Kind.SELECT
                && expr.select().field().equals(field)
                && expr.select().operand().exprKind().getKind() == Kind.IDENT
                && expr.select().operand().ident().name().equals(variable);
    }

    /** Returns the expressions if all of them are texts, else none. */
    private static List<CelExpr> texts(List<CelExpr> exprs) {
        List<CelExpr> texts = new ArrayList<>(exprs);
        texts.removeIf(expr -> expr.exprKind().getKind() != Kind.CONSTANT
                || expr.constant().getKind() != CelConstant.Kind.STRING_VALUE);
        return texts.size() == exprs.size() ? texts : List.of();
    }

    private static Set<String> names(Enum<?>[] values) {
        return Arrays.stream(values).map(Enum::name).collect(Collectors.toSet());
    }
}
