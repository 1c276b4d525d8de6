package io.modelwatch.bench;

import io.modelwatch.app.cli.CommandProvider;
import java.util.List;

/** Adds {@code bench} to the program. */
public final class BenchCommands implements CommandProvider {

    @Override
    public List<Object> commands() {
        return List.of(new BenchCommand());
    }
}
