package io.modelwatch.schemas;

import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;

/** A fake: a registry in memory, for tests that run without a server. It checks no compatibility. */
public final class FakeSchemaRegistry implements SchemaRegistry {

    private final List<Schema> schemas = new ArrayList<>();

    @Override
    public synchronized int register(String subject, Schema schema) {
        int at = schemas.indexOf(schema);
        if (at < 0) {
            schemas.add(schema);
            at = schemas.size() - 1;
        }
        return at + 1;
    }

    @Override
    public synchronized Schema byId(int id) {
        if (id < 1 || id > schemas.size()) {
            throw new RegistryException("schema id " + id + " is not registered", true, null);
        }
        return schemas.get(id - 1);
    }

    @Override
    public void requireCompatibility(String subject) {}

    @Override
    public List<String> obstacles(String subject, Schema schema) {
        return List.of();
    }

    @Override
    public void delete(String subject) {}
}
