package io.modelwatch.app.cli;

import java.io.Console;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** What the terminal can show: its width in characters, and whether colours make sense. */
public record Terminal(int width, boolean colours) {
    private static final int DEFAULT_WIDTH = 100;

    /** Asks the environment, then the terminal itself. */
    public static Terminal detect() {
        Console console = System.console();
        boolean tty = console != null && console.isTerminal();
        return new Terminal(columns(tty), tty && System.getenv("NO_COLOR") == null);
    }

    private static int columns(boolean tty) {
        String columns = System.getenv("COLUMNS");
        if (columns != null && columns.matches("[1-9]\\d{1,4}")) {
            return Integer.parseInt(columns);
        }
        return tty ? stty() : DEFAULT_WIDTH;
    }

    private static int stty() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String said = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
            return said.matches("\\d+ [1-9]\\d{1,4}") ? Integer.parseInt(said.split(" ", -1)[1]) : DEFAULT_WIDTH;
        } catch (IOException e) {
            return DEFAULT_WIDTH;
        }
    }
}
