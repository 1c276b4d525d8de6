package io.modelwatch.app.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Publishes JSON Lines in batches of bounded size, so that a file of any length needs little memory. */
abstract class IntakeCommand implements Callable<Integer> {
    private static final int BATCH_LINES = 1000;
    private static final int BATCH_BYTES = 1 << 20;

    private final String path;
    private final String things;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ApiOptions api = new ApiOptions();

    @Parameters(paramLabel = "FILE|-", description = "JSON Lines: a file, or - for standard input")
    private String file = "";

    @Option(names = "--wait", description = "return when all of it has passed through every topology into the history")
    private boolean wait;

    /** The number in the whole file of each line of the batch. */
    private final List<Long> numbers = new ArrayList<>();

    private final ByteArrayOutputStream batch = new ByteArrayOutputStream();
    private long accepted;
    private long failed;
    private long batches;

    IntakeCommand(String path, String things) {
        this.path = path;
        this.things = things;
    }

    @Override
    public Integer call() {
        ApiClient client = api.client();
        try (InputStream in = new BufferedInputStream(open(), 1 << 16)) {
            publish(lines(in, file), client);
        } catch (NoSuchFileException | InvalidPathException e) {
            throw new CliException(file + ": no such file");
        } catch (IOException e) {
            throw new CliException(file + ": cannot be read: " + e.getMessage());
        } catch (CliException e) {
            String through = accepted == 0 ? "" : " (" + accepted + " lines went through)";
            throw new CliException(e.getMessage() + through);
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(accepted + " " + things + " accepted" + (failed == 0 ? "" : ", " + failed + " lines failed"));
        out.flush();
        return failed == 0 ? 0 : 1;
    }

    /**
     * Returns the JSON Lines of an input, which a command may take in another form too.
     *
     * @param in supports mark and reset
     * @param name of the input, for messages
     */
    InputStream lines(InputStream in, String name) throws IOException {
        return in;
    }

    /** Tells of what is left out without being a mistake. */
    void note(String text) {
        PrintWriter err = spec.commandLine().getErr();
        err.println(Text.plain(text));
        err.flush();
    }

    private InputStream open() throws IOException {
        return file.equals("-") ? System.in : Files.newInputStream(Path.of(file));
    }

    private void publish(InputStream in, ApiClient client) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (long number = 1; ; number++) {
            line.reset();
            long length = 0;
            int c = in.read();
            boolean end = c < 0;
            for (; c >= 0 && c != '\n'; c = in.read()) {
                if (++length <= BATCH_BYTES) {
                    line.write(c);
                }
            }
            if (end) {
                break;
            }
            if (length > BATCH_BYTES) {
                failed++;
                error(number, "line", "is longer than 1 MiB");
            } else if (!line.toString(StandardCharsets.UTF_8).isBlank()) {
                if (numbers.size() == BATCH_LINES || batch.size() + line.size() >= BATCH_BYTES && batch.size() > 0) {
                    send(client, false);
                }
                line.writeTo(batch);
                batch.write('\n');
                numbers.add(number);
            }
        }
        // The last batch is known as such only here, so that this is where waiting can be asked for.
        if (!numbers.isEmpty()) {
            send(client, wait);
        }
    }

    private void send(ApiClient client, boolean andWait) {
        JsonNode answer = client.post(path, batch.toByteArray(), andWait);
        accepted += answer.path("accepted").asLong(0);
        Set<Long> bad = new HashSet<>();
        for (JsonNode error : answer.path("errors")) {
            long number = number(error);
            bad.add(number);
            error(number, Text.at(error, "field"), Text.at(error, "message"));
        }
        for (JsonNode warning : answer.path("warnings")) {
            String field = Text.at(warning, "field");
            error(number(warning), "warning", (field.isEmpty() ? "" : field + ": ") + Text.at(warning, "message"));
        }
        failed += bad.size();
        batch.reset();
        numbers.clear();
        progress();
    }

    /** Returns the number in the whole file of a line of the batch. */
    private long number(JsonNode said) {
        int line = said.path("line").asInt(0);
        return line >= 1 && line <= numbers.size() ? numbers.get(line - 1) : line;
    }

    /** A long file says how far it is, but only to a person and only once it takes more than one batch. */
    private void progress() {
        batches++;
        if (batches > 1 && Terminal.detect().colours()) {
            spec.commandLine().getErr().print("\r" + accepted + " " + things + " accepted …\u001b[K\r");
            spec.commandLine().getErr().flush();
        }
    }

    private void error(long number, String field, String message) {
        PrintWriter err = spec.commandLine().getErr();
        err.println(Text.plain("line " + number + ": " + (field.isEmpty() ? "" : field + ": ") + message));
        err.flush();
    }
}
