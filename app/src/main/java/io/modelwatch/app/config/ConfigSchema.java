package io.modelwatch.app.config;

import io.modelwatch.producers.SourceConfig;
import io.modelwatch.producers.SourceExamples;
import io.modelwatch.producers.SourceType;
import io.modelwatch.producers.receiver.ReceiverConfig;
import java.util.List;
import java.util.TreeSet;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The JSON Schema of {@code modelwatch.yaml}, by which editors complete and check it. {@code
 * docs/json/modelwatch.schema.json} is generated from here. It knows every key; of values it knows less than the program,
 * which says what is wrong with them.
 */
public final class ConfigSchema {

    private ConfigSchema() {}

    /** Returns the schema. */
    public static String json() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        root.put("title", "modelwatch.yaml: every setting is described in docs/configuration.md");
        closed(root);
        for (Setting setting : Setting.values()) {
            if (!setting.secret()) {
                scalar(at(root, setting.key()), setting);
            }
        }
        anyMap(at(root, "kafka.client"), "settings for every Kafka client, in Kafka's own spelling");
        anyMap(at(root, "kafka.registryClient"), "settings for the registry client, in Confluent's spelling");
        anyMap(at(root, "policies.params"), "values for the parameters that policies have");
        sources(at(root, "sources"));
        list(at(root, "deliveries"), "where alerts are sent; docs/deliveries.md", List.of("name", "type"));
        list(at(root, "procurement.webhooks"), "ways in for tickets; docs/procurement.md", List.of("name", "mapping"));
        receivers(at(root, "receivers"));
        return root.toPrettyString() + "\n";
    }

    private static void scalar(ObjectNode at, Setting setting) {
        at.putArray("type").add("string").add("number").add("boolean");
        at.put("description", setting.meaning().replaceAll("\\[([^]]+)]\\([^)]+\\)", "$1"));
        String otherwise = setting.otherwise();
        if (otherwise != null && !otherwise.isEmpty()) {
            at.put("default", otherwise);
        }
    }

    private static void sources(ObjectNode at) {
        at.put("type", "array").put("description", "what is polled; docs/sources.md");
        ObjectNode item = at.putObject("items");
        item.put("type", "object").put("additionalProperties", false);
        item.putArray("required").add("name").add("type");
        ObjectNode properties = item.putObject("properties");
        new TreeSet<>(SourceConfig.keys()).forEach(properties::putObject);
        ((ObjectNode) properties.get("name")).put("type", "string");
        ArrayNode types = ((ObjectNode) properties.get("type")).putArray("enum");
        ((ObjectNode) properties.get("every")).put("type", "string").put("description", "30s, 10m, 6h or 1d");
        ((ObjectNode) properties.get("cron")).put("type", "string").put("description", "Quartz form, UTC");
        ((ObjectNode) properties.get("removalSweeps"))
                .put("type", "integer")
                .put("minimum", 1)
                .put("maximum", 1000);
        ((ObjectNode) properties.get("settings")).put("type", "object");
        ArrayNode either = item.putArray("oneOf");
        either.addObject().putArray("required").add("every");
        either.addObject().putArray("required").add("cron");
        ArrayNode families = item.putArray("allOf");
        for (SourceType type : SourceType.values()) {
            types.add(type.title());
            ObjectNode family = families.addObject();
            ObjectNode when = family.putObject("if");
            when.putArray("required").add("type");
            when.putObject("properties").putObject("type").put("const", type.title());
            ObjectNode settings =
                    family.putObject("then").putObject("properties").putObject("settings");
            settings.put("type", "object").put("additionalProperties", false);
            String about = SourceExamples.about(type);
            if (!about.isEmpty()) {
                settings.put("description", about);
            }
            ObjectNode keys = settings.putObject("properties");
            new TreeSet<>(type.keys()).forEach(keys::putObject);
        }
    }

    private static void receivers(ObjectNode at) {
        list(at, "ways in for systems that post what runs; docs/sources.md", List.of("name", "type"));
        ObjectNode item = (ObjectNode) at.path("items");
        item.put("additionalProperties", false);
        ObjectNode properties = item.putObject("properties");
        new TreeSet<>(ReceiverConfig.KEYS).forEach(properties::putObject);
        ((ObjectNode) properties.get("type")).put("const", ReceiverConfig.TYPE);
    }

    private static void list(ObjectNode at, String description, List<String> required) {
        at.put("type", "array").put("description", description);
        ObjectNode item = at.putObject("items").put("type", "object");
        ArrayNode keys = item.putArray("required");
        required.forEach(keys::add);
    }

    private static void anyMap(ObjectNode at, String description) {
        at.put("type", "object").put("description", description);
    }

    /** Returns the place of a dotted key, with the maps above it. */
    private static ObjectNode at(ObjectNode root, String key) {
        ObjectNode node = root;
        for (String part : key.split("\\.", -1)) {
            if (!node.has("properties")) {
                closed(node);
            }
            ObjectNode properties = (ObjectNode) node.path("properties");
            node = properties.has(part) ? (ObjectNode) properties.path(part) : properties.putObject(part);
        }
        return node;
    }

    private static void closed(ObjectNode node) {
        // A section without settings below it may stand there empty.
        node.putArray("type").add("object").add("null");
        node.put("additionalProperties", false);
        node.putObject("properties");
    }
}
