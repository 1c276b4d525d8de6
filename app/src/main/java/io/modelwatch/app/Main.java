package io.modelwatch.app;

import io.modelwatch.app.cli.ModelwatchCommand;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Entry point of the `modelwatch` program. */
public final class Main {
    private static final Set<String> LEVELS = Set.of("ERROR", "WARN", "INFO", "DEBUG", "TRACE");

    private Main() {}

    /** Runs one command and exits: 0 done, 1 failed, 2 wrong usage. */
    public static void main(String[] args) {
        String wrong = wrongLogging(System.getenv());
        if (wrong != null) {
            System.err.println(wrong);
            System.exit(2);
        }
        System.exit(ModelwatchCommand.commandLine().execute(args));
    }

    /** Returns what is wrong with what logback.xml reads, or null: it would log nothing at all, or far too much. */
    static @Nullable String wrongLogging(Map<String, String> environment) {
        String format = environment.getOrDefault("MODELWATCH_LOG_FORMAT", "text");
        if (!format.equals("text") && !format.equals("json")) {
            return "MODELWATCH_LOG_FORMAT is '" + format + "': it must be text or json";
        }
        String level = environment.getOrDefault("MODELWATCH_LOG_LEVEL", "WARN");
        if (!LEVELS.contains(level.toUpperCase(Locale.ROOT))) {
            return "MODELWATCH_LOG_LEVEL is '" + level + "': it must be ERROR, WARN, INFO, DEBUG or TRACE";
        }
        return null;
    }
}
