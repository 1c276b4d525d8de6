package io.modelwatch.streams;

/** A glob over package URLs: {@code *} stands for any run of characters, slashes included; case counts. */
public final class Glob {

    private static final char ANY = '*';

    private Glob() {}

    /** Matches in time proportional to the product of the lengths at worst. */
    public static boolean matches(String glob, String text) {
        int first = glob.indexOf(ANY);
        if (first < 0) {
            return glob.equals(text);
        }
        int last = glob.lastIndexOf(ANY);
        if (!text.startsWith(glob.substring(0, first))
                || !text.endsWith(glob.substring(last + 1))
                || text.length() < first + glob.length() - last - 1) {
            return false;
        }
        // What stands between two stars is taken where it comes first: that leaves most for the rest.
        int at = first;
        int end = text.length() - (glob.length() - last - 1);
        for (int from = first; from < last; ) {
            int to = glob.indexOf(ANY, from + 1);
            String part = glob.substring(from + 1, to);
            int found = text.indexOf(part, at);
            if (found < 0 || found + part.length() > end) {
                return false;
            }
            at = found + part.length();
            from = to;
        }
        return true;
    }
}
