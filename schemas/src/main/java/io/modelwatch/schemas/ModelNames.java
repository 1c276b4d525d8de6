package io.modelwatch.schemas;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What can be told of two names of models by their spelling alone: vendors answer {@code gpt-4o} as {@code
 * gpt-4o-2024-08-06}, {@code us.anthropic.claude-3-5-haiku-20241022-v1:0} as {@code claude-3-5-haiku-20241022} and {@code
 * anthropic/claude-haiku-4.5} as {@code anthropic/claude-4.5-haiku-20251001} (recorded, 2025 to 2026).
 */
public final class ModelNames {

    /** Longest name that is looked at. */
    public static final int MAX_LENGTH = 200;

    /** A day (2024-08-06, 20240806, 0613) or a month (2603) at the end of a name: what tells snapshots of one model apart. */
    private static final Pattern SNAPSHOT =
            Pattern.compile("(.+?)[-@]((?:19|20)\\d\\d-\\d\\d-\\d\\d|(?:19|20)\\d{6}|2\\d(?:0[1-9]|1[0-2])"
                    + "|(?:0[1-9]|1[0-2])(?:[0-2]\\d|3[01]))");

    /** What Bedrock puts before a vendor's name (region group and vendor), and after it (its own version). */
    private static final Pattern BEDROCK =
            Pattern.compile("(?:(?:us|eu|apac|ap|jp|au|global|us-gov)\\.)?[a-z0-9]+\\.([a-z].*?)-v\\d+(?::\\d+)?");

    private static final Pattern LATEST = Pattern.compile("[-:@]latest$");

    private ModelNames() {}

    /**
     * A name taken apart.
     *
     * @param base the name without its snapshot
     * @param snapshot the date or build at its end, or null where it has none
     */
    public record Snapshot(String base, @Nullable String snapshot) {}

    /** Takes a snapshot's date off a name; nothing else of it is touched. */
    public static Snapshot snapshot(String name) {
        Matcher matcher = name.length() > MAX_LENGTH ? null : SNAPSHOT.matcher(name);
        return matcher != null && matcher.matches()
                ? new Snapshot(matcher.group(1), matcher.group(2))
                : new Snapshot(name, null);
    }

    /**
     * Returns whether an answer under one name is what was asked for under the other: the same name, or a snapshot of it. Two
     * different snapshots are not the same.
     */
    public static boolean answers(String requested, String served) {
        Snapshot asked = snapshot(plain(requested));
        Snapshot answered = snapshot(plain(served));
        return words(asked.base()).equals(words(answered.base()))
                && (asked.snapshot() == null
                        || answered.snapshot() == null
                        || asked.snapshot()
                                .replace("-", "")
                                .equals(answered.snapshot().replace("-", "")));
    }

    /**
     * Returns whether something else answered than what was asked for.
     *
     * @param model what the deployment calls, as an id
     * @param servedModel what answered, as an id; null where only its name is known
     */
    public static boolean rerouted(
            String model, @Nullable String requested, @Nullable String served, @Nullable String servedModel) {
        if (served == null) {
            return false;
        }
        if (servedModel != null && !servedModel.equals(model)) {
            return true;
        }
        return requested != null
                && (servedModel == null ? !answers(requested, served) : otherSnapshot(requested, served));
    }

    /** Who asked for one snapshot got another; only names that agree but for it can be held against each other so. */
    private static boolean otherSnapshot(String requested, String served) {
        Snapshot asked = snapshot(plain(requested));
        Snapshot answered = snapshot(plain(served));
        return words(asked.base()).equals(words(answered.base())) && !answers(requested, served);
    }

    /** Lower case, without a vendor's or a hub's name before it. */
    private static String plain(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        String last = lower.substring(lower.lastIndexOf('/') + 1);
        Matcher bedrock = last.length() > MAX_LENGTH ? null : BEDROCK.matcher(last);
        String own = bedrock != null && bedrock.matches() ? bedrock.group(1) : last;
        return LATEST.matcher(own).replaceFirst("");
    }

    /** The words of a name, whatever their order: vendors turn them round. */
    private static List<String> words(String name) {
        List<String> words = new ArrayList<>(Arrays.asList(name.split("[-_:. ]+", -1)));
        words.sort(null);
        return words;
    }
}
