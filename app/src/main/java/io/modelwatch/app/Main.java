package io.modelwatch.app;

import io.modelwatch.app.cli.ModelwatchCommand;

/** Entry point of the `modelwatch` program. */
public final class Main {
    private Main() {}

    /** Runs one command and exits: 0 done, 1 failed, 2 wrong usage. */
    public static void main(String[] args) {
        // Read by logback.xml, which would log nothing at all.
        String format = System.getenv().getOrDefault("MODELWATCH_LOG_FORMAT", "text");
        if (!format.equals("text") && !format.equals("json")) {
            System.err.println("MODELWATCH_LOG_FORMAT is '" + format + "': it must be text or json");
            System.exit(2);
        }
        System.exit(ModelwatchCommand.commandLine().execute(args));
    }
}
