package io.modelwatch.app.platform;

import java.io.IOException;

/** Programs of the machine. */
final class Commands {

    private Commands() {}

    /** Returns whether a program is there and ends with 0. */
    static boolean succeeds(String... command) throws IOException, InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            // There is no such program.
            return false;
        }
    }
}
