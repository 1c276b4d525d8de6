package io.modelwatch.schemas;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.avro.AvroSchema;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.avro.AvroSchemaProvider;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import org.jspecify.annotations.Nullable;

/**
 * The Confluent Schema Registry client, as Flink releases it on Maven Central (relocated). The only class that
 * imports it: see docs/adr/0002.
 */
public final class ConfluentRegistry implements SchemaRegistry {

    private static final int CACHE_CAPACITY = 1000;

    private final String url;
    private final SchemaRegistryClient client;
    private final Map<Integer, Schema> byId = new ConcurrentHashMap<>();
    private final Map<String, Map<Schema, Integer>> ids = new ConcurrentHashMap<>();

    /**
     * @param url base address of the Confluent API, for example {@code http://127.0.0.1:8081/apis/ccompat/v7}
     * @param settings settings of Confluent's client ({@code basic.auth.user.info}, TLS …), passed through
     */
    public ConfluentRegistry(String url, Map<String, String> settings) {
        this.url = url;
        this.client = new CachedSchemaRegistryClient(
                List.of(url), CACHE_CAPACITY, List.of(new AvroSchemaProvider()), settings);
    }

    @Override
    public int register(String subject, Schema schema) {
        Map<Schema, Integer> known = ids.computeIfAbsent(subject, unused -> new ConcurrentHashMap<>());
        Integer id = known.get(schema);
        if (id == null) {
            id = call("register " + subject, () -> client.register(subject, new AvroSchema(schema.toString())));
            known.put(schema, id);
        }
        return id;
    }

    @Override
    public Schema byId(int id) {
        Schema schema = byId.get(id);
        if (schema == null) {
            String text =
                    call("fetch schema id " + id, () -> client.getSchemaById(id).canonicalString());
            schema = new Schema.Parser().parse(text);
            byId.put(id, schema);
        }
        return schema;
    }

    @Override
    public void requireCompatibility(String subject) {
        call("set compatibility of " + subject, () -> client.updateCompatibility(subject, COMPATIBILITY));
    }

    @Override
    public List<String> obstacles(String subject, Schema schema) {
        AvroSchema ours = new AvroSchema(schema.toString());
        List<String> versions = found(
                "look for " + subject,
                () -> client.getAllVersions(subject).stream()
                        .map(String::valueOf)
                        .toList());
        if (versions == null || versions.isEmpty()) {
            return List.of("has no schema: 'modelwatch topics create' registers it");
        }
        List<String> obstacles = new ArrayList<>();
        String level = found("read the compatibility of " + subject, () -> client.getCompatibility(subject));
        if (!COMPATIBILITY.equals(level)) {
            obstacles.add("its compatibility is " + (level == null ? "not set" : level) + " and must be "
                    + COMPATIBILITY + ": 'modelwatch topics create' sets it");
        }
        // Not every registry says why, but each says whether.
        Boolean fits = found("hold a schema against " + subject, () -> client.testCompatibility(subject, ours));
        if (Boolean.FALSE.equals(fits)) {
            obstacles.add("its newest schema does not go with that of this version of modelwatch: was something else"
                    + " registered under it?");
        }
        return obstacles;
    }

    @Override
    public void delete(String subject) {
        found("delete " + subject, () -> client.deleteSubject(subject));
        ids.remove(subject);
    }

    /** Null where the registry says that it does not have it. */
    private <T> @Nullable T found(String what, Call<T> call) {
        try {
            return call(what, call);
        } catch (RegistryException e) {
            if (e.getCause() instanceof RestClientException answer && answer.getStatus() == 404) {
                return null;
            }
            throw e;
        }
    }

    private <T> T call(String what, Call<T> call) {
        try {
            return call.run();
        } catch (RestClientException e) {
            throw new RegistryException(
                    "schema registry " + url + ": " + what + ": " + e.getMessage(), refuses(e.getStatus()), e);
        } catch (IOException e) {
            // The client's word for an answer that is no Avro schema (JSON Schema, Protobuf, garbage): it stays so.
            if (String.valueOf(e.getMessage()).startsWith("Invalid schema ")) {
                throw new RegistryException("schema registry " + url + ": " + what + ": not an Avro schema", true, e);
            }
            throw new RegistryException(
                    "schema registry " + url + " cannot be reached: " + what + ": " + e.getMessage(), false, e);
        }
    }

    /**
     * A 4xx is about the schema or id in question, except where it is about us or the moment: wrong credentials (401,
     * 403), a timeout (408) and a rate limit (429) are no record's fault and may be put right.
     */
    static boolean refuses(int status) {
        return status >= 400 && status < 500 && status != 401 && status != 403 && status != 408 && status != 429;
    }

    private interface Call<T> {
        T run() throws IOException, RestClientException;
    }
}
