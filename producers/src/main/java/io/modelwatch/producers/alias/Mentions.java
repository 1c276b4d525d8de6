package io.modelwatch.producers.alias;

import io.modelwatch.producers.alias.Mention.Kind;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds names of providers and models in running text, by the table that ships with modelwatch: whole words only, the longest
 * name where several begin at one place, and words that mean other things too (a Claude, a llama) only with a version, a size or
 * a word of their family after them.
 */
public final class Mentions {

    private static final String FORM = "kind,name,vendor,id,case,when,dot,words";

    /** Longest sentence that is kept as evidence. */
    static final int MAX_SENTENCE = 240;

    /** A version (4, 3.5, v2, 4o), a size (72B, 8x7b, A22B) or a date at the end of a name. */
    private static final String NUMBER =
            "v?\\d{1,4}(?:\\.\\d{1,3}){0,2}(?:[a-z](?![a-z\\d]))?|\\d{1,4}(?:\\.\\d{1,2})?b|\\d{1,2}x\\d{1,3}b|a\\d{1,3}b"
                    + "|20\\d\\d-\\d\\d-\\d\\d|20\\d{6}";

    private static final int FLAGS = Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE;

    /** A letter that an alphabet such as ours has, a digit or a joint: what continues a word. Others write without spaces. */
    private static final String WORD = "[\\p{IsLatin}\\d_]";

    /** That a sentence may say that something is not, or no more: better an announcement too few than one that was none. */
    private static final Pattern DENIES = Pattern.compile(
            "(?<!" + WORD + ")(?:not?|never|without|\\p{IsLatin}+n't|cannot|neither|nor|no longer"
                    + "|removed?|replaced?|discontinued?|deprecated?|retired?|sunset|formerly|previously|instead of"
                    + "|nicht|kein|keine|keinen|ohne|nie|ne|pas|sans|sin|nunca|non)(?!" + WORD + ")",
            FLAGS);

    private record Row(
            Kind kind,
            String name,
            String vendor,
            String id,
            boolean exact,
            boolean versioned,
            String dot,
            Pattern pattern) {

        /** Whether the name is written as in the table, or as in an id: in lower case and joined to what follows. */
        boolean allows(String written, String tail) {
            return !exact
                    || squashed(written).equals(squashed(name))
                    || (written.equals(written.toLowerCase(Locale.ROOT)) && tail.startsWith("-"));
        }

        private static String squashed(String name) {
            return name.replaceAll("[ -]", "");
        }
    }

    private record Found(int from, int to, Mention mention) {}

    private final List<Row> rows;
    private final Aliases aliases;
    private final Map<String, String> known;

    private Mentions(Aliases aliases, Map<String, String> known) {
        this.rows = Table.shipped(Mentions.class, "mentions.csv", FORM).stream()
                .map(Mentions::row)
                .toList();
        this.aliases = aliases;
        this.known = known.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(
                        one -> one.getKey().toLowerCase(Locale.ROOT), Map.Entry::getValue));
    }

    /** @param known package URLs by names as the text has them, before all else; in any case */
    public static Mentions shippedAnd(Map<String, String> known) {
        return new Mentions(Aliases.shipped(), known);
    }

    private static Row row(List<String> cells) {
        boolean model = cells.get(0).equals("model");
        String words = Arrays.stream(cells.get(7).split(" ", -1))
                .filter(word -> !word.isEmpty())
                .sorted(Comparator.comparing(String::length).reversed())
                .map(Pattern::quote)
                .collect(Collectors.joining("|"));
        String tail = "(?:[ -]?(?:" + NUMBER + (words.isEmpty() ? "" : "|" + words) + ")(?!" + WORD + "))";
        String name = Arrays.stream(cells.get(1).split("[ -]", -1))
                .map(Pattern::quote)
                .collect(Collectors.joining("[ -]?"));
        return new Row(
                switch (cells.get(0)) {
                    case "provider" -> Kind.PROVIDER;
                    case "model" -> Kind.MODEL;
                    case "practice" -> Kind.PRACTICE;
                    default -> throw new IllegalArgumentException("mentions.csv: no kind " + cells.get(0));
                },
                cells.get(1),
                cells.get(2),
                cells.get(3),
                cells.get(4).equals("exact"),
                cells.get(5).equals("versioned"),
                cells.get(6),
                Pattern.compile(
                        "(?<![\\p{IsLatin}\\d_-])(" + name + ")" + (model ? "(" + tail + "{0,8})" : "()")
                                + "(?![\\p{IsLatin}\\d_])",
                        FLAGS));
    }

    /**
     * Returns what a text names, in its order.
     *
     * @param text one line
     * @param whole whether the text is one sentence, as a row of a table is
     */
    public List<Mention> in(String text, boolean whole) {
        List<Found> found = new ArrayList<>();
        for (Row row : rows) {
            Matcher matcher = row.pattern().matcher(text);
            while (matcher.find()) {
                Found one = found(row, matcher, text, whole);
                if (one != null) {
                    found.add(one);
                }
            }
        }
        found.sort(Comparator.comparingInt(Found::from).thenComparing(Found::to, Comparator.reverseOrder()));
        List<Mention> mentions = new ArrayList<>();
        int end = 0;
        for (Found one : found) {
            // The longest that begins here took the place of what lies in it.
            if (one.from() >= end) {
                mentions.add(one.mention());
                end = one.to();
            }
        }
        return mentions;
    }

    private @Nullable Found found(Row row, Matcher matcher, String text, boolean whole) {
        String name = matcher.group(1);
        String tail = matcher.group(2);
        if (!row.allows(name, tail) || (row.versioned() && tail.isEmpty())) {
            return null;
        }
        String words = name + tail;
        Kind kind =
                row.kind() == Kind.MODEL && tail.isEmpty() && row.id().chars().noneMatch(Character::isDigit)
                        ? Kind.FAMILY
                        : row.kind();
        String id =
                switch (kind) {
                    case PROVIDER -> "provider:" + row.vendor();
                    case PRACTICE -> "practice:" + row.id();
                    case FAMILY -> "family:" + row.vendor() + "/" + row.id();
                    case MODEL -> model(row, tail);
                };
        String given = known.get(words.toLowerCase(Locale.ROOT));
        String sentence = whole ? text : sentence(text, matcher.start());
        return new Found(
                matcher.start(),
                matcher.end(),
                new Mention(
                        given == null ? kind : Kind.MODEL,
                        words,
                        given == null ? id : given,
                        shortened(sentence, MAX_SENTENCE),
                        DENIES.matcher(sentence).find()));
    }

    private String model(Row row, String tail) {
        String slug =
                (row.id() + tail).toLowerCase(Locale.ROOT).replace(' ', '-').replace("+", "-plus");
        String own = row.dot().isEmpty() ? slug : slug.replace(".", row.dot());
        Aliases.Resolution resolved = aliases.of(row.vendor(), own);
        return resolved == null ? "family:" + row.vendor() + "/" + row.id() : resolved.model();
    }

    private static String sentence(String text, int at) {
        BreakIterator sentences = BreakIterator.getSentenceInstance(Locale.ROOT);
        sentences.setText(text);
        int to = sentences.following(at);
        int from = sentences.previous();
        return text.substring(Math.max(0, from), to == BreakIterator.DONE ? text.length() : to)
                .strip();
    }

    /** Returns a text of at most so many characters ({@code char}), no half of one at its end. */
    public static String shortened(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(most - 2)) ? most - 2 : most - 1;
        return text.substring(0, end) + "…";
    }
}
