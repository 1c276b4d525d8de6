package io.modelwatch.schemas;

import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/**
 * A list that many records share, for example the ancestors of all children of one model: {@link AvroSerdes} encodes it
 * once and copies the bytes from then on. Not to be changed, nor its elements, once a record that holds it was written.
 */
public final class EncodedOnce<E> extends AbstractList<E> implements RandomAccess {

    private final List<E> elements;
    private volatile byte @Nullable [] bytes;

    /** @param elements what the list holds; not copied */
    public EncodedOnce(List<E> elements) {
        this.elements = elements;
    }

    @Override
    public E get(int index) {
        return elements.get(index);
    }

    @Override
    public int size() {
        return elements.size();
    }

    byte @Nullable [] bytes() {
        return bytes;
    }

    void bytes(byte[] encoded) {
        bytes = encoded;
    }
}
