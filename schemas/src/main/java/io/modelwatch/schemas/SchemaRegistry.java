package io.modelwatch.schemas;

import java.util.List;
import org.apache.avro.Schema;

/** What serdes need of a Confluent-compatible schema registry. Implementations cache and are thread-safe. */
public interface SchemaRegistry {

    /** How schemas of a subject may evolve; every subject of modelwatch has this level. */
    String COMPATIBILITY = "FULL_TRANSITIVE";

    /**
     * Registers a schema, or finds it if it is registered already.
     *
     * @return the id that frames records of this schema
     * @throws RegistryException if the registry cannot be reached or refuses the schema
     */
    int register(String subject, Schema schema);

    /**
     * Fetches the schema of an id.
     *
     * @throws RegistryException if the registry cannot be reached or does not know the id
     */
    Schema byId(int id);

    /**
     * Sets {@link #COMPATIBILITY} on a subject.
     *
     * @throws RegistryException if the registry cannot be reached or refuses
     */
    void requireCompatibility(String subject);

    /**
     * Returns what keeps a subject from being as it must be, in words and with what to do: no schema, one that does not
     * go with this one, another compatibility. Empty if all is well. Changes nothing.
     *
     * @throws RegistryException if the registry cannot be reached or refuses
     */
    List<String> obstacles(String subject, Schema schema);

    /**
     * Deletes a subject, where there is one; records that were framed with its schemas can be read all the same.
     *
     * @throws RegistryException if the registry cannot be reached or refuses
     */
    void delete(String subject);
}
