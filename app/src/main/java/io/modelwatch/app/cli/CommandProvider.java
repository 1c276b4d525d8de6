package io.modelwatch.app.cli;

import java.util.List;

/** Commands of modules that stand above this one, found by {@link java.util.ServiceLoader} on the class path. */
public interface CommandProvider {

    /** Returns objects annotated with picocli's {@code @Command}, each under the name that it bears there. */
    List<Object> commands();
}
