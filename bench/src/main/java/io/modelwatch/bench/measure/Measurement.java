package io.modelwatch.bench.measure;

import io.modelwatch.app.cli.CliException;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A benchmark as a command: progress goes to standard error, the report to standard output. */
public abstract class Measurement implements Callable<Integer> {

    /** How a report is printed. */
    enum Format {
        table,
        json
    }

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(names = "--format", defaultValue = "table", description = "table or json")
    private Format format = Format.table;

    @Override
    public final Integer call() throws Exception {
        Consumer<String> progress = line -> {
            spec.commandLine().getErr().println(line);
            spec.commandLine().getErr().flush();
        };
        Machine machine = Machine.here();
        progress.accept(machine.toString());
        Report report;
        try {
            report = measure(machine, progress);
        } catch (BenchException e) {
            Report found = e.report();
            if (found != null) {
                print(found);
            }
            throw new CliException(String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            throw new CliException(String.valueOf(e.getMessage()));
        }
        print(report);
        return 0;
    }

    private void print(Report report) {
        spec.commandLine().getOut().println(format == Format.json ? report.json() : report.text());
        spec.commandLine().getOut().flush();
    }

    /**
     * Runs the benchmark.
     *
     * @throws BenchException if the result is wrong or does not come
     * @throws IllegalArgumentException if an option makes no sense
     */
    protected abstract Report measure(Machine machine, Consumer<String> progress) throws Exception;
}
