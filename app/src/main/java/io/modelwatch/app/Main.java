package io.modelwatch.app;

import io.modelwatch.app.cli.ModelwatchCommand;

/** Entry point of the `modelwatch` program. */
public final class Main {
    private Main() {}

    /** Runs one command and exits: 0 done, 1 failed, 2 wrong usage. */
    public static void main(String[] args) {
        System.exit(ModelwatchCommand.commandLine().execute(args));
    }
}
