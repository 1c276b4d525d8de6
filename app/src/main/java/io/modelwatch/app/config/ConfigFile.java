package io.modelwatch.app.config;

import io.modelwatch.alerts.delivery.DeliveryConfig;
import io.modelwatch.producers.SourceConfig;
import io.modelwatch.producers.receiver.ReceiverConfig;
import io.modelwatch.producers.ticket.WebhookConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** {@code modelwatch.yaml} as it was read; unknown keys are refused. */
public final class ConfigFile {

    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private static final String SOURCES = "sources";
    private static final String TOKENS = "api.tokens";
    private static final String DELIVERIES = "deliveries";
    private static final String WEBHOOKS = "procurement.webhooks";
    private static final String RECEIVERS = "receivers";
    private static final String KAFKA_CLIENT = "kafka.client";
    private static final String REGISTRY_CLIENT = "kafka.registryClient";
    private static final String POLICY_PARAMS = "policies.params";

    private final String name;
    private final Map<Setting, String> values = new LinkedHashMap<>();
    private final Map<String, String> kafkaClient = new LinkedHashMap<>();
    private final Map<String, String> registryClient = new LinkedHashMap<>();
    private final Map<String, Object> policyParams = new LinkedHashMap<>();
    private final List<SourceConfig> sources = new ArrayList<>();
    private final List<TokenConfig> tokens = new ArrayList<>();
    private final List<DeliveryConfig> deliveries = new ArrayList<>();
    private final List<WebhookConfig> webhooks = new ArrayList<>();
    private final List<ReceiverConfig> receivers = new ArrayList<>();

    private ConfigFile(String name) {
        this.name = name;
    }

    /** Returns a file that sets nothing. */
    public static ConfigFile none() {
        return new ConfigFile("no file");
    }

    /**
     * Reads a file.
     *
     * @throws ConfigException if it cannot be read or holds something that is not legal
     */
    public static ConfigFile read(Path path) {
        ConfigFile file = new ConfigFile(path.toString());
        JsonNode root;
        try {
            root = YAML.readTree(Files.readString(path));
        } catch (NoSuchFileException e) {
            throw new ConfigException("the configuration " + path + " does not exist", e);
        } catch (IOException e) {
            throw new ConfigException("the configuration " + path + " cannot be read: " + e.getMessage(), e);
        } catch (JacksonException e) {
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            throw new ConfigException(path + (line > 0 ? ", line " + line : "") + ": not YAML: " + mistake(e), e);
        }
        if (root.isMissingNode() || root.isNull()) {
            return file;
        }
        if (!root.isObject()) {
            throw new ConfigException(path + ": must be a map of settings, such as 'api:' with 'port: 8080' below it");
        }
        file.section("", root);
        return file;
    }

    /** The parser's words without the lines that it quotes below them, indented: there may be a password in them. */
    private static String mistake(JacksonException e) {
        return String.valueOf(e.getOriginalMessage())
                .lines()
                .filter(line -> !line.isBlank() && !Character.isWhitespace(line.charAt(0)))
                .collect(Collectors.joining(", "));
    }

    /**
     * Adds a source to a file, which is made where it is not there. What the file holds besides stays as it is, comments
     * too; if it would not be legal afterwards, it is left alone.
     *
     * @param block an entry of {@code sources}, indented by two spaces
     * @throws ConfigException if it cannot be written, or would not be legal
     */
    public static void addSource(Path path, String block) {
        try {
            String text = Files.exists(path) ? Files.readString(path) : "";
            if (Files.exists(path)) {
                var unused = read(path);
            }
            Path directory = path.toAbsolutePath().getParent();
            Path beside = Files.createTempFile(directory, ".modelwatch", ".yaml");
            try {
                Files.writeString(beside, SourceBlock.add(text, block));
                ConfigFile added = read(beside);
                Set<String> names = new HashSet<>();
                for (SourceConfig source : added.sources) {
                    if (!names.add(source.name())) {
                        throw new ConfigException(
                                path + " has a source " + source.name() + " already: give the new one another --name");
                    }
                }
                if (Files.exists(path)) {
                    // Keeps owner, mode and links of the file.
                    Files.writeString(path, Files.readString(beside));
                } else {
                    Files.move(beside, path);
                }
            } finally {
                Files.deleteIfExists(beside);
            }
        } catch (IllegalArgumentException e) {
            throw new ConfigException(path + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new ConfigException("the configuration " + path + " cannot be written: " + e.getMessage(), e);
        }
    }

    private void section(String path, JsonNode section) {
        section.properties().forEach(entry -> {
            String key = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
            JsonNode value = entry.getValue();
            Setting setting = setting(key);
            if (setting != null) {
                values.put(setting, scalar(key, value));
            } else if (key.equals(SOURCES)) {
                readList(key, "name, type and every", value, SourceConfig::fromMap, sources);
            } else if (key.equals(TOKENS)) {
                readList(key, "name and role", value, TokenConfig::fromMap, tokens);
            } else if (key.equals(DELIVERIES)) {
                readList(key, "name and type", value, DeliveryConfig::fromMap, deliveries);
            } else if (key.equals(WEBHOOKS)) {
                readList(key, "name and mapping", value, WebhookConfig::fromMap, webhooks);
            } else if (key.equals(RECEIVERS)) {
                readList(key, "name and type", value, ReceiverConfig::fromMap, receivers);
            } else if (key.equals(KAFKA_CLIENT)) {
                texts(key, value, kafkaClient);
            } else if (key.equals(REGISTRY_CLIENT)) {
                texts(key, value, registryClient);
            } else if (key.equals(POLICY_PARAMS)) {
                readParams(value);
            } else if (keys().anyMatch(known -> known.startsWith(key + "."))) {
                if (!value.isObject() && !value.isNull()) {
                    throw new ConfigException(name + ": '" + key + "' must be a map");
                }
                section(key, value);
            } else {
                throw new ConfigException(name + ": unknown key '" + key + "'; legal are "
                        + keys().collect(Collectors.toCollection(TreeSet::new)).stream()
                                .collect(Collectors.joining(", ")));
            }
        });
    }

    private @Nullable Setting setting(String key) {
        for (Setting setting : Setting.values()) {
            if (setting.key().equals(key)) {
                if (setting.secret()) {
                    throw new ConfigException(name + ": '" + key + "' is a secret: set " + setting.variable() + " or "
                            + setting.variable() + "_FILE instead");
                }
                return setting;
            }
        }
        return null;
    }

    private String scalar(String key, JsonNode value) {
        if (!value.isValueNode() || value.isNull()) {
            throw new ConfigException(name + ": '" + key + "' must have one value");
        }
        return value.asString();
    }

    private void texts(String key, JsonNode value, Map<String, String> into) {
        if (!value.isObject()) {
            throw new ConfigException(name + ": '" + key + "' must be a map of client settings");
        }
        value.properties()
                .forEach(entry -> into.put(entry.getKey(), scalar(key + "." + entry.getKey(), entry.getValue())));
    }

    private void readParams(JsonNode params) {
        if (!params.isObject()) {
            throw new ConfigException(name + ": '" + POLICY_PARAMS + "' must be a map of parameters of policies");
        }
        params.properties().forEach(entry -> {
            if (entry.getValue().isNull()) {
                throw new ConfigException(name + ": '" + POLICY_PARAMS + "." + entry.getKey() + "' must have a value");
            }
            policyParams.put(entry.getKey(), YAML.convertValue(entry.getValue(), Object.class));
        });
    }

    private <T> void readList(
            String key, String keys, JsonNode list, Function<Map<String, Object>, T> reader, List<T> into) {
        if (!list.isArray() && !list.isNull()) {
            throw new ConfigException(name + ": '" + key + "' must be a list");
        }
        for (JsonNode one : list) {
            if (!one.isObject()) {
                throw new ConfigException(name + ": each of '" + key + "' must be a map with " + keys);
            }
            @SuppressWarnings("unchecked")
            Map<String, Object> map = YAML.convertValue(one, Map.class);
            try {
                into.add(reader.apply(map));
            } catch (IllegalArgumentException e) {
                throw new ConfigException(name + ": " + e.getMessage(), e);
            }
        }
    }

    private static Stream<String> keys() {
        return Stream.concat(
                Arrays.stream(Setting.values())
                        .filter(setting -> !setting.secret())
                        .map(Setting::key),
                Stream.of(
                        SOURCES,
                        TOKENS,
                        DELIVERIES,
                        WEBHOOKS,
                        RECEIVERS,
                        KAFKA_CLIENT,
                        REGISTRY_CLIENT,
                        POLICY_PARAMS));
    }

    String name() {
        return name;
    }

    @Nullable
    String value(Setting setting) {
        return values.get(setting);
    }

    List<SourceConfig> sources() {
        return List.copyOf(sources);
    }

    List<TokenConfig> tokens() {
        return List.copyOf(tokens);
    }

    List<DeliveryConfig> deliveries() {
        return List.copyOf(deliveries);
    }

    List<WebhookConfig> webhooks() {
        return List.copyOf(webhooks);
    }

    List<ReceiverConfig> receivers() {
        return List.copyOf(receivers);
    }

    Map<String, Object> policyParams() {
        return Map.copyOf(policyParams);
    }

    Map<String, String> kafkaClient() {
        return Map.copyOf(kafkaClient);
    }

    Map<String, String> registryClient() {
        return Map.copyOf(registryClient);
    }
}
