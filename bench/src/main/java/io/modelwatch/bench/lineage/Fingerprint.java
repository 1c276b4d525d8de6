package io.modelwatch.bench.lineage;

import io.modelwatch.schemas.avro.Ancestor;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.ParentRef;
import org.jspecify.annotations.Nullable;

/**
 * A running 64-bit hash: half a million ancestries are compared without keeping them.
 *
 * @param value of all that went in
 */
record Fingerprint(long value) {

    static final Fingerprint START = new Fingerprint(0xcbf29ce484222325L);

    private static final long PRIME = 0x100000001b3L;

    /** Returns that of a record: its ancestors in their order with their paths, and what is known of each. */
    static long of(Lineage lineage) {
        Fingerprint all =
                START.with(lineage.getModel()).with(lineage.getKnown()).with(lineage.getLicense());
        for (Ancestor ancestor : lineage.getAncestry()) {
            Fingerprint path = START;
            for (ParentRef step : ancestor.getPath()) {
                path = path.with(step.getRelation()).with(step.getId());
            }
            all = all.with(path)
                    .with(ancestor.getDepth())
                    .with(ancestor.getKnown())
                    .with(ancestor.getRemoved())
                    .with(ancestor.getLicense());
        }
        return all.value();
    }

    Fingerprint with(@Nullable String text) {
        long hash = value;
        if (text != null) {
            for (int i = 0; i < text.length(); i++) {
                hash = (hash ^ text.charAt(i)) * PRIME;
            }
        }
        return new Fingerprint(mixed(hash ^ (text == null ? 1 : 2)));
    }

    Fingerprint with(Fingerprint other) {
        return with(other.value);
    }

    Fingerprint with(boolean flag) {
        return with(flag ? 1L : 0L);
    }

    Fingerprint with(long number) {
        return new Fingerprint(mixed(value ^ number));
    }

    private static long mixed(long hash) {
        long one = (hash ^ (hash >>> 32)) * 0xd6e8feb86659fd93L;
        return one ^ (one >>> 32);
    }
}
