package io.modelwatch.connect;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One of the configurations, as a worker takes it by {@code POST /connectors}.
 *
 * @param file where it stands
 * @param name of the connector
 * @param settings of the connector, in the order of the file
 */
record Connector(Path file, String name, Map<String, String> settings) {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Reads every configuration of the directory. */
    static List<Connector> all() {
        try (Stream<Path> files = Files.list(Path.of("."))) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .map(Connector::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Connector read(Path file) {
        JsonNode whole = JSON.readTree(file.toFile());
        Map<String, String> settings = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> setting : whole.required("config").properties()) {
            if (!setting.getValue().isString()) {
                throw new IllegalArgumentException(file + ": " + setting.getKey() + " is not text");
            }
            settings.put(setting.getKey(), setting.getValue().asString());
        }
        return new Connector(file, whole.required("name").asString(), settings);
    }

    List<String> topics() {
        return list("topics");
    }

    List<String> list(String key) {
        String value = settings.getOrDefault(key, "");
        return value.isEmpty() ? List.of() : Arrays.asList(value.split(",", -1));
    }

    /** The settings under a prefix, without it. */
    Map<String, String> under(String prefix) {
        return settings.entrySet().stream()
                .filter(setting -> setting.getKey().startsWith(prefix))
                .collect(Collectors.toMap(setting -> setting.getKey().substring(prefix.length()), Map.Entry::getValue));
    }

    /** The same at other addresses: each text that is a key of the map becomes its value. */
    Connector at(Map<String, String> addresses) {
        Map<String, String> moved = new LinkedHashMap<>();
        settings.forEach((key, value) -> {
            String there = value;
            for (Map.Entry<String, String> address : addresses.entrySet()) {
                there = there.replace(address.getKey(), address.getValue());
            }
            moved.put(key, there);
        });
        return new Connector(file, name, moved);
    }

    /** The same with one setting that is there already set otherwise. */
    Connector with(String key, String value) {
        if (!settings.containsKey(key)) {
            throw new IllegalArgumentException(file + " has no " + key);
        }
        Map<String, String> changed = new LinkedHashMap<>(settings);
        changed.put(key, value);
        return new Connector(file, name, changed);
    }

    /** As JSON, for {@code POST /connectors}. */
    String json() {
        return JSON.writeValueAsString(Map.of("name", name, "config", settings));
    }

    @Override
    public String toString() {
        return file.getFileName().toString();
    }
}
