package io.modelwatch.producers.source;

import io.modelwatch.schemas.avro.Disclosure;
import java.util.List;

/** A source that observes, and in what it reads a vendor announces something as well. */
public interface AnnouncingSource extends Source {

    /**
     * Returns what the vendor announces in what the last pass read; each is published once, whoever tells it again, by its id and
     * {@code correlationId}. What is no longer among them was not taken back.
     */
    List<Disclosure> announced();
}
