package io.modelwatch.app.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Reads what the commands print with {@code --format jsonl}. */
final class JsonLines {
    private JsonLines() {}

    /** Takes one line. */
    interface Each {
        /** @param number of the line in the whole file, counted from one */
        void line(long number, JsonNode value);
    }

    /**
     * Hands over every line that is not empty.
     *
     * @param file a file, or - for standard input
     * @throws CliException if it cannot be read or a line is no JSON
     */
    static void read(String file, Each each) {
        long number = 0;
        try (BufferedReader in = file.equals("-")
                ? new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                : Files.newBufferedReader(Path.of(file))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                number++;
                if (!line.isBlank()) {
                    each.line(number, ApiClient.JSON.readTree(line));
                }
            }
        } catch (NoSuchFileException | InvalidPathException e) {
            throw new CliException(file + ": no such file");
        } catch (IOException e) {
            throw new CliException(file + ": cannot be read: " + e.getMessage());
        } catch (JacksonException e) {
            throw new CliException(file + ": line " + number + " is no JSON");
        }
    }
}
