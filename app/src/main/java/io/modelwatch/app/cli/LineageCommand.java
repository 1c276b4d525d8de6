package io.modelwatch.app.cli;

import io.modelwatch.producers.source.ModelIds;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Shows where models come from, what descends from them, and which deployments run any of it. */
@Command(
        name = "lineage",
        mixinStandardHelpOptions = true,
        description = {
            "Shows the ancestors of models, their descendants, or the deployments that run them or a descendant.",
            "Of each ancestor one path is shown: the one with the fewest steps, then the first by name."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch lineage pkg:huggingface/bartowski/Qwen2.5-7B-Instruct-GGUF",
            "  modelwatch lineage pkg:huggingface/Qwen/Qwen2.5-7B --descendants --depth 2",
            "  modelwatch lineage pkg:huggingface/Qwen/Qwen2.5-7B --deployments",
            "  modelwatch lineage --models models.txt --format jsonl",
            "  modelwatch lineage --all --format jsonl > lineage.jsonl",
            "  modelwatch lineage pkg:huggingface/Qwen/Qwen2.5-7B --descendants --format dot | dot -Tsvg > family.svg"
        })
final class LineageCommand implements Callable<Integer> {

    /** The formats of a lineage. */
    enum Format {
        tree,
        jsonl,
        dot
    }

    /** Which way to look. */
    static final class Direction {
        @Option(names = "--ancestors", description = "what they come from (the default)")
        private boolean ancestors;

        @Option(names = "--descendants", description = "what comes from them, nearest first")
        private boolean descendants;

        @Option(names = "--deployments", description = "the deployments that run them or any descendant")
        private boolean deployments;
    }

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ApiOptions api = new ApiOptions();

    @Parameters(arity = "0..*", paramLabel = "MODEL", description = "package URLs of models")
    private List<String> models = List.of();

    @Option(
            names = "--models",
            paramLabel = "FILE|-",
            description = "read package URLs from a file or standard input, one a line; # begins a comment")
    private @Nullable String file;

    @Option(names = "--all", description = "every model that is known or named as a parent")
    private boolean all;

    @ArgGroup
    private Direction direction = new Direction();

    @Option(names = "--depth", paramLabel = "N", description = "at most so many steps away")
    private @Nullable Integer depth;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "200",
            description = "a family with more members is counted, not drawn (default 200); jsonl and dot have all")
    private int limit;

    @Option(
            names = "--format",
            description = "tree (the default), jsonl (one ancestor of a model a line; the default with --all) or dot"
                    + " (Graphviz)")
    private @Nullable Format format;

    @Override
    public Integer call() {
        check();
        PrintWriter out = spec.commandLine().getOut();
        LineageOutput output =
                switch (format == null ? all ? Format.jsonl : Format.tree : format) {
                    case tree -> new LineageTree(out, Terminal.detect().width(), limit);
                    case jsonl -> new LineageLines(out);
                    case dot -> new LineageDot(out);
                };
        ApiClient client = api.client();
        output.begin();
        boolean found = true;
        if (all) {
            long[] count = {0};
            client.forEach("/v1/lineage", Map.of(), model -> {
                output.ancestors(model, deepest());
                progress(++count[0]);
                check(out);
            });
        }
        for (String model : models) {
            found &= show(model, client, output);
            check(out);
        }
        if (file != null) {
            found &= showFile(file, client, output);
        }
        output.end();
        check(out);
        return found ? 0 : 1;
    }

    private void check() {
        if (!all && models.isEmpty() && file == null) {
            throw usage("Name a model, or give --models FILE or --all.");
        }
        if (all && (!models.isEmpty() || file != null)) {
            throw usage("--all takes no models besides: it has them all");
        }
        if (all && direction.deployments) {
            throw usage("--all --deployments: `modelwatch mbom` lists every deployment");
        }
        if (all && format == Format.tree) {
            throw usage("--all draws no trees: give --format jsonl or dot");
        }
        if (depth != null && depth < 1) {
            throw usage("--depth: must be 1 or more");
        }
        if (limit < 1) {
            throw usage("--limit: must be 1 or more");
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private boolean showFile(String name, ApiClient client, LineageOutput output) {
        boolean found = true;
        try (InputStream in = name.equals("-") ? System.in : Files.newInputStream(Path.of(name));
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            long count = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String model = line.strip();
                if (!model.isEmpty() && !model.startsWith("#")) {
                    found &= show(model, client, output);
                    progress(++count);
                    check(spec.commandLine().getOut());
                }
            }
        } catch (NoSuchFileException | InvalidPathException e) {
            throw new CliException(name + ": no such file");
        } catch (IOException e) {
            throw new CliException(name + ": cannot be read: " + e.getMessage());
        }
        return found;
    }

    /** @return false if nobody knows the model: others are shown all the same */
    private boolean show(String given, ApiClient client, LineageOutput output) {
        String model = ModelIds.canonical(given);
        try {
            if (direction.deployments) {
                List<JsonNode> found = new ArrayList<>();
                client.forEach("/v1/lineage/deployments", Map.of("of", model), found::add);
                output.deployments(model, found);
            } else if (direction.descendants) {
                output.descendants(model, family(model, client), deepest());
            } else {
                ancestors(model, client, output);
            }
            return true;
        } catch (ApiClient.NotFound e) {
            String hint = model.startsWith("pkg:")
                    ? ""
                    : "; models go by their package URL, for example pkg:huggingface/Qwen/Qwen2.5-7B";
            spec.commandLine().getErr().println(Text.plain(e.getMessage() + hint));
            spec.commandLine().getErr().flush();
            return false;
        }
    }

    private void ancestors(String model, ApiClient client, LineageOutput output) {
        JsonNode items = client.get("/v1/lineage", Map.of("model", model)).path("items");
        if (items.isEmpty()) {
            throw new ApiClient.NotFound("no model " + model + " is known, nor named as a parent");
        }
        output.ancestors(items.path(0), deepest());
    }

    private LineageOutput.Family family(String model, ApiClient client) {
        return new LineageOutput.Family() {
            @Override
            public JsonNode summary() {
                return client.get("/v1/lineage/descendants/summary", Map.of("of", model));
            }

            @Override
            public void forEach(Consumer<JsonNode> each) {
                Map<String, String> question = Map.of("of", model, "depth", depth == null ? "" : depth.toString());
                client.forEach("/v1/lineage/descendants", question, each);
            }
        };
    }

    private int deepest() {
        return depth == null ? Integer.MAX_VALUE : depth;
    }

    /** Long work says how far it is, to a person only. */
    private void progress(long count) {
        if (count % 1000 == 0 && Terminal.detect().colours()) {
            spec.commandLine().getErr().print("\r" + count + " models …\u001b[K\r");
            spec.commandLine().getErr().flush();
        }
    }

    private static void check(PrintWriter out) {
        if (out.checkError()) {
            throw new Output.ReaderGone();
        }
    }
}
