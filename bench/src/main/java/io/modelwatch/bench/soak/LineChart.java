package io.modelwatch.bench.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Lines over time as an SVG picture, with a mark where something happened.
 *
 * @param title of the picture
 * @param across what goes to the right, with its unit
 * @param up what goes up, with its unit
 */
record LineChart(String title, String across, String up) {

    private static final int WIDTH = 960;
    private static final int HEIGHT = 480;
    private static final int LEFT = 70;
    private static final int RIGHT = 200;
    private static final int TOP = 40;
    private static final int BOTTOM = 50;

    /** What a line may go beyond its scale, which nobody sees: a sample after the hour makes no chart of 80 minutes. */
    private static final double BEYOND = 1.005;

    /** Told apart by people who do not see all colours (Okabe and Ito). */
    private static final List<String> COLOURS =
            List.of("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000");

    /**
     * Something that happened.
     *
     * @param at when
     * @param words what
     */
    record Mark(double at, String words) {}

    /**
     * Draws.
     *
     * @param xs of all lines, rising
     * @param lines values for each of them, by name
     */
    String svg(List<Double> xs, Map<String, List<Double>> lines, List<Mark> marks) {
        double right = round(xs.stream().mapToDouble(one -> one).max().orElse(1));
        double top = round(lines.values().stream()
                .flatMap(List::stream)
                .mapToDouble(one -> one)
                .max()
                .orElse(1));
        List<String> svg = new ArrayList<>();
        svg.add(("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
                        + " font-size=\"12\" role=\"img\"><title>%s</title>")
                .formatted(WIDTH, HEIGHT, escape(title)));
        svg.add("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>");
        svg.add(text(LEFT, 16, "start", title).replace("<text ", "<text font-size=\"15\" "));
        for (int step = 0; step <= 5; step++) {
            double value = top * step / 5;
            double y = y(value, top);
            svg.add(line(LEFT, y, (double) WIDTH - RIGHT, y, "#dddddd"));
            svg.add(text(LEFT - 8, y + 4, "end", String.format(Locale.ROOT, "%,.0f", value)));
        }
        for (int step = 0; step <= 5; step++) {
            double value = right * step / 5;
            svg.add(text(x(value, right), HEIGHT - BOTTOM + 18, "middle", number(value)));
        }
        svg.add(text((WIDTH - RIGHT + LEFT) / 2.0, HEIGHT - 10, "middle", across));
        svg.add(text(12, TOP - 8, "start", up));
        for (Mark mark : marks) {
            double x = x(mark.at(), right);
            svg.add(line(x, TOP, x, (double) HEIGHT - BOTTOM, "#999999")
                    .replace("/>", " stroke-dasharray=\"3 3\"><title>" + escape(mark.words()) + "</title></line>"));
            svg.add(
                    "<text transform=\"translate(%s %d) rotate(-90)\" text-anchor=\"end\" font-size=\"10\" fill=\"#666666\">%s</text>"
                            .formatted(number(x - 3), TOP + 2, escape(mark.words())));
        }
        int number = 0;
        for (Map.Entry<String, List<Double>> line : lines.entrySet()) {
            String colour = COLOURS.get(number % COLOURS.size());
            StringBuilder points = new StringBuilder();
            for (int i = 0; i < Math.min(xs.size(), line.getValue().size()); i++) {
                points.append(number(x(xs.get(i), right)))
                        .append(',')
                        .append(number(y(line.getValue().get(i), top)))
                        .append(' ');
            }
            svg.add("<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" points=\"%s\"/>"
                    .formatted(colour, points.toString().strip()));
            double y = TOP + 10 + 20.0 * number;
            svg.add(line(WIDTH - RIGHT + 12.0, y, WIDTH - RIGHT + 32.0, y, colour)
                    .replace("/>", " stroke-width=\"3\"/>"));
            svg.add(text(WIDTH - RIGHT + 38.0, y + 4, "start", line.getKey()));
            number++;
        }
        svg.add("</svg>");
        return String.join("\n", svg) + "\n";
    }

    private static double x(double value, double right) {
        return LEFT + value / right * (WIDTH - LEFT - RIGHT);
    }

    private static double y(double value, double top) {
        return HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM);
    }

    /** Returns the next number, up, that a scale of five steps can show: 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8 and so on. */
    static double round(double most) {
        double power = Math.pow(10, Math.floor(Math.log10(Math.max(most, 1e-9))));
        for (double step : new double[] {1, 1.5, 2, 2.5, 3, 4, 5, 6, 8}) {
            if (most <= step * power * BEYOND) {
                return step * power;
            }
        }
        return 10 * power;
    }

    private static String line(double x1, double y1, double x2, double y2, String colour) {
        return "<line x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\" stroke=\"%s\"/>"
                .formatted(number(x1), number(y1), number(x2), number(y2), colour);
    }

    private static String text(double x, double y, String anchor, String words) {
        return "<text x=\"%s\" y=\"%s\" text-anchor=\"%s\">%s</text>"
                .formatted(number(x), number(y), anchor, escape(words));
    }

    private static String number(double value) {
        String text = String.format(Locale.ROOT, "%.1f", value);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }

    private static String escape(String words) {
        return words.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
