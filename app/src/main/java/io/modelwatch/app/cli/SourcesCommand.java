package io.modelwatch.app.cli;

import io.modelwatch.app.config.Config;
import io.modelwatch.app.config.ConfigFile;
import io.modelwatch.producers.SourceCheck;
import io.modelwatch.producers.SourceConfig;
import io.modelwatch.producers.SourceExamples;
import io.modelwatch.producers.SourceType;
import io.modelwatch.producers.http.HttpFetcher;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists the sources and their health, tries them, and writes new ones. */
@Command(
        name = "sources",
        mixinStandardHelpOptions = true,
        description = {
            "Shows the health of every source: verified (read, and as before), changed, stale (what is known is older than it"
                    + " should be), unreachable, or blind (unreachable for longer than its limit)."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch sources",
            "  modelwatch sources --format jsonl",
            "  modelwatch sources check",
            "  modelwatch sources add kubernetes --write"
        })
final class SourcesCommand extends ListCommand {

    private static final List<String> SOURCE_COLUMNS =
            List.of("source", "type", "state", "condition", "lastSuccessAt", "subjects", "nextSweepAt", "error");

    /** Sources that are tried at a time. */
    private static final int AT_ONCE = 16;

    @Override
    public Integer call() {
        return list("/v1/sources", Map.of(), SOURCE_COLUMNS, Integer.MAX_VALUE, false);
    }

    /** Tries each source once. */
    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description = {
                "Tries each source of the configuration once, or those that are named, and says in one line what it sees"
                        + " or what is wrong. Nothing is published, and modelwatch need not be up.",
                "A page of each listing is enough; nothing is tried twice."
            },
            footer = {
                "",
                "Exit code 1 if one of them cannot be read whole.",
                "",
                "Examples:",
                "  modelwatch sources check",
                "  modelwatch sources check gateway --config company.yaml"
            })
    int check(
            @Mixin ServerOptions server,
            @Parameters(arity = "0..*", paramLabel = "NAME", description = "names of sources") @Nullable
                    List<String> names)
            throws InterruptedException {
        Config config = server.config();
        List<SourceConfig> chosen = new ArrayList<>(config.sources());
        if (names != null) {
            for (String name : names) {
                if (chosen.stream().noneMatch(one -> one.name().equals(name))) {
                    throw new CliException("there is no source " + name + " in the configuration");
                }
            }
            chosen.removeIf(one -> !names.contains(one.name()));
        }
        PrintWriter out = spec.commandLine().getOut();
        if (chosen.isEmpty()) {
            out.println("no sources in the configuration; modelwatch sources add TYPE writes one");
            out.flush();
            return 0;
        }
        boolean all = true;
        try (HttpFetcher http = SourceCheck.fetcher();
                ExecutorService pool = Executors.newFixedThreadPool(
                        AT_ONCE, Thread.ofVirtual().name("check-", 0).factory())) {
            List<Future<SourceCheck>> checks = chosen.stream()
                    .map(one -> pool.submit(() -> SourceCheck.of(one, http)))
                    .toList();
            for (Future<SourceCheck> future : checks) {
                SourceCheck check = future.get();
                all &= check.fine();
                out.println(Text.plain((check.fine() ? "ok      " : "FAILED  ") + check.name() + " (" + check.type()
                        + "): " + check.words() + ", after " + check.took().toMillis() + " ms"));
                out.flush();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("a check broke", e);
        }
        return all ? 0 : 1;
    }

    /** Writes a block for the configuration. */
    @Command(
            name = "add",
            mixinStandardHelpOptions = true,
            description = {
                "Prints a commented block for modelwatch.yaml with a source of a family; with --write it is put under"
                        + " 'sources' of the configuration, whose comments stay.",
                "The values are examples: put yours in their place, then try it with 'modelwatch sources check NAME'."
            },
            footer = {
                "",
                "Examples:",
                "  modelwatch sources add runtime",
                "  modelwatch sources add kubernetes --name prod --write",
                "  modelwatch sources types"
            })
    int add(
            @Parameters(paramLabel = "TYPE", description = "a family; 'modelwatch sources types' lists them")
                    String type,
            @Option(names = "--name", paramLabel = "NAME", description = "name of the source (default: the example's)")
                    @Nullable
                    String name,
            @Option(names = "--write", description = "write into the configuration instead of printing") boolean write,
            @Option(
                            names = "--config",
                            paramLabel = "FILE",
                            defaultValue = "modelwatch.yaml",
                            description = "the configuration that is written to (default: modelwatch.yaml here)")
                    Path file) {
        SourceType family = SourceType.of(type)
                .orElseThrow(() -> new CliException("there is no family " + Text.plain(type) + "; there are "
                        + Arrays.stream(SourceType.values())
                                .map(SourceType::title)
                                .collect(Collectors.joining(", "))));
        String block = name == null ? SourceExamples.block(family) : SourceExamples.block(family, name);
        PrintWriter out = spec.commandLine().getOut();
        if (!write) {
            out.print("sources:\n" + block);
            out.flush();
            return 0;
        }
        ConfigFile.addSource(file, block);
        out.println("written to " + file + "; put your values in, then try 'modelwatch sources check'");
        out.flush();
        return 0;
    }

    /** Lists the families. */
    @Command(
            name = "types",
            mixinStandardHelpOptions = true,
            description = "Lists the families of sources and what each watches.",
            footer = {"", "Examples:", "  modelwatch sources types"})
    int types() {
        PrintWriter out = spec.commandLine().getOut();
        for (SourceType type : SourceType.values()) {
            out.println("%-20s %s"
                    .formatted(type.title(), SourceExamples.about(type))
                    .strip());
        }
        out.flush();
        return 0;
    }
}
