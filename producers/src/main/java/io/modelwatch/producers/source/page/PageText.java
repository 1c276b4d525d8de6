package io.modelwatch.producers.source.page;

import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Text as it is compared: what only a typesetter sees makes no difference. */
final class PageText {

    /** Zero-width characters, marks of direction, soft hyphens: nobody sees them. */
    private static final Pattern INVISIBLE = Pattern.compile("[\\p{Cf}\\u034F]");

    private static final Pattern SPACE = Pattern.compile("[\\s\\p{Z}\\p{Cntrl}]+");
    private static final Pattern HYPHEN = Pattern.compile("[\\u2010-\\u2012\\u2212]");
    private static final Pattern APOSTROPHE = Pattern.compile("[\\u2018\\u2019\\u02BC]");
    private static final Pattern QUOTE = Pattern.compile("[\\u201C\\u201D\\u201E]");
    private static final Pattern NO_KEY = Pattern.compile("[^\\p{L}\\p{N}]+");

    private PageText() {}

    /** Returns a text in one line, without what a reader does not see. */
    static String normalised(String text) {
        String one = INVISIBLE
                .matcher(Normalizer.normalize(text, Normalizer.Form.NFC))
                .replaceAll("");
        one = APOSTROPHE.matcher(HYPHEN.matcher(one).replaceAll("-")).replaceAll("'");
        return SPACE.matcher(QUOTE.matcher(one).replaceAll("\""))
                .replaceAll(" ")
                .strip();
    }

    /** Returns a text without what the settings say to pass over. */
    static String without(String text, List<Pattern> patterns) {
        String left = text;
        for (Pattern pattern : patterns) {
            left = pattern.matcher(left).replaceAll(" ");
        }
        return patterns.isEmpty() ? text : SPACE.matcher(left).replaceAll(" ").strip();
    }

    /** Returns a text as part of a key: letters and digits of any script, in lower case, joined by hyphens. */
    static String key(String text, int most) {
        String key = NO_KEY.matcher(text.toLowerCase(Locale.ROOT)).replaceAll("-");
        String cut = key.length() <= most
                ? key
                : key.substring(0, Character.isHighSurrogate(key.charAt(most - 1)) ? most - 1 : most);
        return cut.replaceAll("^-+|-+$", "");
    }
}
