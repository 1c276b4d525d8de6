package io.modelwatch.app.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Looks settings up, and names the place of one that is wrong. */
final class Values {

    private final ConfigFile file;
    private final Map<Setting, String> options;
    private final Function<String, @Nullable String> environment;

    Values(ConfigFile file, Map<Setting, String> options, Function<String, @Nullable String> environment) {
        this.file = file;
        this.options = options;
        this.environment = environment;
    }

    /** Returns the value, or null where there is neither one nor a default. */
    @Nullable
    String find(Setting setting) {
        String option = options.get(setting);
        if (option != null) {
            return option;
        }
        String variable = environment.apply(setting.variable());
        if (variable != null && !variable.isBlank()) {
            return variable.strip();
        }
        if (setting.secret()) {
            return fromFile(setting.variable() + "_FILE");
        }
        String given = file.value(setting);
        return given != null ? given : setting.otherwise();
    }

    String required(Setting setting) {
        String value = find(setting);
        if (value == null) {
            throw new ConfigException(setting.key() + " is missing: set it in the file or as " + setting.variable());
        }
        return value;
    }

    int port(Setting setting) {
        return number(setting, 1, 65_535);
    }

    int number(Setting setting, int min, int max) {
        return read(setting, "a whole number from " + min + " to " + max, text -> {
            int number = Integer.parseInt(text);
            if (number < min || number > max) {
                throw new NumberFormatException();
            }
            return number;
        });
    }

    /** @param legal what is legal, in words; empty where the reader's own complaint says it */
    <T> T read(Setting setting, String legal, Function<String, T> reader) {
        String value = required(setting);
        try {
            return reader.apply(value);
        } catch (IllegalArgumentException e) {
            String what = legal.isEmpty() ? String.valueOf(e.getMessage()) : "'" + value + "' must be " + legal;
            throw new ConfigException(setting.key() + " (" + place(setting) + "): " + what, e);
        }
    }

    private String place(Setting setting) {
        if (options.containsKey(setting)) {
            return "command line";
        }
        return environment.apply(setting.variable()) != null
                ? "environment variable " + setting.variable()
                : file.value(setting) != null ? file.name() : "default";
    }

    private @Nullable String fromFile(String variable) {
        String path = environment.apply(variable);
        if (path == null || path.isBlank()) {
            return null;
        }
        try {
            return Files.readString(Path.of(path.strip())).strip();
        } catch (IOException e) {
            throw new ConfigException(variable + ": the file " + path.strip() + " cannot be read", e);
        }
    }
}
