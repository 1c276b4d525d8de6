package io.modelwatch.schemas;

import static java.util.Map.entry;

import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The AsyncAPI document (3.0.0), made from the topic catalogue: the topics that others may read or write, with their
 * keys, headers, schemas and the settings that the broker has for them. What the topologies tell one another is not in it.
 */
public final class AsyncApi {

    static {
        AvroTrust.establish();
    }

    private static final String BINDING = "0.5.0";

    /** A topic for others, and what is said of it. */
    private record Told(Topic<?> topic, boolean taken, String holds) {}

    private static final List<Told> TOLD = List.of(
            told(Topics.OBSERVATIONS, "What sources said about a subject at a moment, and markers of their sweeps"),
            told(Topics.CHANGES, "What differs from what was said before, one record a field; kept for ever"),
            told(Topics.LINEAGE, "The resolved ancestry of each model; a tombstone where nothing is known any more"),
            told(Topics.VERDICTS, "What was last said of each provenance change of a deployment, approved ones too"),
            told(
                    Topics.MBOMS,
                    "Revisions of the bill of each deployment, with what changed; all of a week, then the last"),
            told(Topics.ALERTS, "Findings: a record each time that something about an alert changed"),
            told(Topics.ALERTS_OCSF, "The same findings as OCSF Detection Findings (class 2004), plain JSON"),
            told(Topics.SOURCES, "The health of each poller; a source that cannot be read says so"),
            told(Topics.DEAD_LETTERS, "Records that could not be read, as they were, with the reason in headers"),
            taken(Topics.PROCUREMENT_EVENTS, "Approvals, contracts, change tickets, exceptions and revocations"),
            taken(Topics.DISCLOSURES, "What vendors announced"),
            taken(Topics.ALERT_ACTIONS, "What people do with alerts: acknowledge, suppress until, close"));

    private static final List<Map.Entry<String, String>> CLOUD_EVENTS = List.of(
            entry("ce_specversion", "1.0"),
            entry("ce_id", "digest of the content: the same event has the same id in every run, retry and redrive"),
            entry("ce_source", "who says it, for example modelwatch/changes"),
            entry("ce_type", "modelwatch.<entity>.v1, whatever the prefix of the topic"),
            entry("ce_subject", "what it is about: a model, a deployment, a source"),
            entry("ce_time", "when it happened, RFC 3339 in UTC"),
            entry(
                    "ce_correlationid",
                    "by which observation, procurement event or disclosure it came to be, where that is another event"),
            entry("traceparent", "W3C Trace Context, where traces are on: the span in which it was written"),
            entry("mw_path", "when it passed each stage: stage=epoch milliseconds, joined by commas"));

    private static final List<Map.Entry<String, String>> LETTER = List.of(
            entry("mw_reason", "why it could not be read"),
            entry("mw_topic", "topic on which it stands"),
            entry("mw_partition", "its partition there"),
            entry("mw_offset", "its offset there"),
            entry("mw_by", "consumer group that could not read it"),
            entry("mw_delivery", "delivery whose endpoint refused it"),
            entry(
                    "mw_redriven",
                    "on a record without value: offset of the letter, on this partition, that was redriven"));

    private AsyncApi() {}

    private static Told told(Topic<?> topic, String holds) {
        return new Told(topic, false, holds);
    }

    private static Told taken(Topic<?> topic, String holds) {
        return new Told(topic, true, holds);
    }

    /** Returns the topics for others. */
    public static List<Topic<?>> topics() {
        return TOLD.stream().<Topic<?>>map(Told::topic).toList();
    }

    /** Returns the document. */
    public static ObjectNode document() {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("asyncapi", "3.0.0");
        ObjectNode info = document.putObject("info");
        info.put("title", "modelwatch");
        info.put("version", "1");
        info.put(
                "description",
                "Keys are UTF-8. Values are Avro in the Confluent wire format (a zero byte, the schema id as four bytes,"
                        + " Avro binary), each schema registered under <topic>-value with "
                        + SchemaRegistry.COMPATIBILITY
                        + " compatibility. Headers are CloudEvents 1.0 in binary mode. Read with"
                        + " isolation.level=read_committed: everything is written in transactions.");
        info.putObject("license").put("name", "Apache-2.0").put("url", "https://www.apache.org/licenses/LICENSE-2.0");
        servers(document.putObject("servers"));
        ObjectNode channels = document.putObject("channels");
        ObjectNode operations = document.putObject("operations");
        ObjectNode components = document.putObject("components");
        ObjectNode messages = components.putObject("messages");
        ObjectNode schemas = components.putObject("schemas");
        for (Told told : TOLD) {
            channel(channels.putObject(told.topic().entity()), told);
            operation(operations, told);
            message(messages.putObject(told.topic().entity()), told);
            schema(schemas, told.topic());
        }
        traits(components.putObject("messageTraits"));
        return document;
    }

    private static void servers(ObjectNode servers) {
        ObjectNode embedded = servers.putObject("embedded");
        embedded.put("host", "127.0.0.1:9092");
        embedded.put("protocol", "kafka");
        embedded.put("description", "The broker of 'modelwatch up'; an external one is where kafka.bootstrap says");
        ObjectNode binding = embedded.putObject("bindings").putObject("kafka");
        binding.put("schemaRegistryUrl", "http://127.0.0.1:8081/apis/ccompat/v7");
        binding.put("schemaRegistryVendor", "confluent");
        binding.put("bindingVersion", BINDING);
    }

    private static void channel(ObjectNode channel, Told told) {
        Topic<?> topic = told.topic();
        channel.put("address", "{prefix}." + topic.entity() + ".v1");
        channel.put("description", told.holds());
        ObjectNode prefix = channel.putObject("parameters").putObject("prefix");
        prefix.put("default", "modelwatch");
        prefix.put("description", "topics.prefix of the configuration");
        channel.putObject("messages").putObject(topic.entity()).put("$ref", "#/components/messages/" + topic.entity());
        ObjectNode binding = channel.putObject("bindings").putObject("kafka");
        binding.put("partitions", topic.partitions());
        ObjectNode configuration = binding.putObject("topicConfiguration");
        topic.settings().forEach((name, value) -> {
            if (name.equals("cleanup.policy")) {
                ArrayNode policies = configuration.putArray(name);
                for (String policy : value.split(",", -1)) {
                    policies.add(policy);
                }
            } else {
                configuration.put(name, Long.parseLong(value));
            }
        });
        binding.put("bindingVersion", BINDING);
    }

    private static void operation(ObjectNode operations, Told told) {
        String entity = told.topic().entity();
        ObjectNode operation = operations.putObject((told.taken() ? "receive-" : "send-") + entity);
        operation.put("action", told.taken() ? "receive" : "send");
        operation.putObject("channel").put("$ref", "#/channels/" + entity);
        operation.put(
                "summary",
                told.taken()
                        ? "modelwatch reads what it and others write here"
                        : "modelwatch writes, everybody who may can read");
        operation.putArray("messages").addObject().put("$ref", "#/channels/" + entity + "/messages/" + entity);
    }

    private static void message(ObjectNode message, Told told) {
        Topic<?> topic = told.topic();
        Class<? extends SpecificRecord> type = topic.valueType();
        message.put("name", "modelwatch." + topic.entity() + ".v1");
        message.put("summary", told.holds());
        boolean letter = topic.equals(Topics.DEAD_LETTERS);
        ArrayNode traits = message.putArray("traits");
        traits.addObject().put("$ref", "#/components/messageTraits/cloudEvents");
        if (letter) {
            traits.addObject().put("$ref", "#/components/messageTraits/deadLetter");
        }
        message.put(
                "contentType", type != null ? "avro/binary" : letter ? "application/octet-stream" : "application/json");
        if (type != null) {
            message.putObject("payload").put("$ref", "#/components/schemas/" + type.getSimpleName());
        } else if (!letter) {
            message.putObject("payload").put("type", "object").put("description", told.holds());
        }
        ObjectNode binding = message.putObject("bindings").putObject("kafka");
        binding.putObject("key").put("type", "string").put("description", topic.key());
        if (type != null) {
            binding.put("schemaIdLocation", "payload");
            binding.put("schemaIdPayloadEncoding", "confluent");
            binding.put("schemaLookupStrategy", "TopicNameStrategy");
        }
        binding.put("bindingVersion", BINDING);
    }

    private static void schema(ObjectNode schemas, Topic<?> topic) {
        Class<? extends SpecificRecord> type = topic.valueType();
        if (type != null) {
            ObjectNode schema = schemas.putObject(type.getSimpleName());
            schema.put("schemaFormat", "application/vnd.apache.avro+json;version=1.9.0");
            JsonNode avro = JsonMapper.shared()
                    .readTree(SpecificData.get().getSchema(type).toString());
            schema.set("schema", plain(avro));
        }
    }

    /** Without what tells our own compiler which class of Java holds a string. */
    private static JsonNode plain(JsonNode avro) {
        if (avro.isArray()) {
            ArrayNode plain = JsonNodeFactory.instance.arrayNode();
            avro.forEach(element -> plain.add(plain(element)));
            return plain;
        }
        if (!avro.isObject()) {
            return avro;
        }
        ObjectNode plain = JsonNodeFactory.instance.objectNode();
        avro.properties().forEach(property -> {
            if (!property.getKey().equals("avro.java.string")) {
                plain.set(property.getKey(), plain(property.getValue()));
            }
        });
        boolean bare = plain.size() == 1 && plain.path("type").isString();
        return bare ? plain.path("type") : plain;
    }

    private static void traits(ObjectNode traits) {
        headers(traits.putObject("cloudEvents"), CLOUD_EVENTS);
        headers(traits.putObject("deadLetter"), LETTER);
    }

    private static void headers(ObjectNode trait, List<Map.Entry<String, String>> headers) {
        ObjectNode properties = trait.putObject("headers").put("type", "object").putObject("properties");
        headers.forEach(header ->
                properties.putObject(header.getKey()).put("type", "string").put("description", header.getValue()));
    }
}
