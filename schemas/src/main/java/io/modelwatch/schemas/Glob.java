package io.modelwatch.schemas;

/** A glob over package URLs: {@code *} stands for any run of characters, slashes included; case counts. */
public final class Glob {

    private static final char ANY = '*';

    private Glob() {}

    /** Returns the text before the first star: what everything that the glob matches begins with. */
    public static String literalPrefix(String glob) {
        int star = glob.indexOf(ANY);
        return star < 0 ? glob : glob.substring(0, star);
    }

    /** Returns whether a glob leaves no package URL out, as {@code *} and {@code pkg:*} do. */
    public static boolean matchesEveryModel(String glob) {
        return glob.endsWith("*") && matches(glob, "pkg:");
    }

    /** Matches in time proportional to the product of the lengths at worst; nothing blows up on many stars. */
    public static boolean matches(String glob, String text) {
        int g = 0;
        int t = 0;
        int star = -1;
        int resume = 0;
        while (t < text.length()) {
            if (g < glob.length() && glob.charAt(g) == ANY) {
                star = g++;
                resume = t;
            } else if (g < glob.length() && glob.charAt(g) == text.charAt(t)) {
                g++;
                t++;
            } else if (star >= 0) {
                // Let the last star take one character more.
                g = star + 1;
                t = ++resume;
            } else {
                return false;
            }
        }
        while (g < glob.length() && glob.charAt(g) == ANY) {
            g++;
        }
        return g == glob.length();
    }
}
