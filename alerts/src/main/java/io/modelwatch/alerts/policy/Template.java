package io.modelwatch.alerts.policy;

import dev.cel.common.values.NullValue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A text with expressions in braces: {@code Ask {deployment.owner} why}. */
final class Template {

    private static final int MAX_LENGTH = 500;

    private record Piece(String text, @Nullable Expression expression) {}

    private final List<Piece> pieces;

    private Template(List<Piece> pieces) {
        this.pieces = pieces;
    }

    /** Compiles a text; null where it has a mistake. */
    static @Nullable Template of(Excerpt excerpt, Expressions expressions, Problems problems) {
        List<Piece> pieces = new ArrayList<>();
        String text = excerpt.text().stripTrailing();
        boolean sound = true;
        int at = 0;
        for (int open = text.indexOf('{'); open >= 0; open = text.indexOf('{', at)) {
            pieces.add(new Piece(text.substring(at, open), null));
            int close = text.indexOf('}', open);
            if (close < 0) {
                problems.add(excerpt.at(open), "nextStep: this '{' is never closed by a '}'");
                return null;
            }
            Expression expression = expressions.compile(excerpt.part(open + 1, close), "nextStep", null);
            if (expression == null) {
                sound = false;
            } else {
                pieces.add(new Piece("", expression));
            }
            at = close + 1;
        }
        pieces.add(new Piece(text.substring(at), null));
        return sound ? new Template(pieces) : null;
    }

    /** Fills the expressions in. */
    String fill(Map<String, Object> variables) throws Expression.Failure {
        StringBuilder text = new StringBuilder();
        for (Piece piece : pieces) {
            text.append(piece.text());
            if (piece.expression() != null) {
                text.append(shown(piece.expression().eval(variables)));
            }
        }
        return text.length() <= MAX_LENGTH ? text.toString() : text.substring(0, MAX_LENGTH) + "…";
    }

    private static String shown(Object value) {
        return switch (value) {
            case NullValue nothing -> "nothing";
            case Collection<?> list -> list.stream().map(Template::shown).collect(Collectors.joining(", "));
            default -> value.toString();
        };
    }
}
