package io.modelwatch.app.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Rows laid out in columns, never wider than the terminal: the widest column gives way, with an ellipsis. */
public final class Table {
    private static final int NARROWEST = 4;
    private static final String GAP = "  ";

    private Table() {}

    /** One line per row, preceded by the headings if `headings`. */
    public static List<String> lines(List<String> columns, List<List<String>> rows, int width, boolean headings) {
        List<List<String>> all = new ArrayList<>();
        all.add(columns.stream().map(name -> name.toUpperCase(Locale.ROOT)).toList());
        for (List<String> row : rows) {
            all.add(row.stream().map(Text::plain).toList());
        }
        int[] widths = new int[columns.size()];
        for (List<String> row : all) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], length(row.get(i)));
            }
        }
        fit(widths, width);
        List<String> lines = new ArrayList<>();
        for (List<String> row : headings ? all : all.subList(1, all.size())) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                String cell = cut(row.get(i), widths[i]);
                line.append(cell);
                line.repeat(' ', widths[i] - length(cell)).append(GAP);
            }
            lines.add(cut(line.toString().stripTrailing(), width));
        }
        return lines;
    }

    private static void fit(int[] widths, int width) {
        int total = (widths.length - 1) * GAP.length();
        for (int one : widths) {
            total += one;
        }
        for (; total > width; total--) {
            int widest = 0;
            for (int i = 1; i < widths.length; i++) {
                widest = widths[i] > widths[widest] ? i : widest;
            }
            if (widths[widest] <= NARROWEST) {
                return;
            }
            widths[widest]--;
        }
    }

    private static String cut(String text, int width) {
        return length(text) <= width
                ? text
                : text.substring(0, text.offsetByCodePoints(0, Math.max(0, width - 1))) + "…";
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }
}
