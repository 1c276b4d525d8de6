package io.modelwatch.streams.changes;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is kept beside the last observation of one subject by one source: the few bytes that an unchanged observation
 * costs.
 *
 * @param digest digest of the last accepted facts
 * @param effective time from which they hold
 * @param dated true where the source gave that time itself
 * @param removedAt time of the first absence once the source has removed the subject, else null
 * @param memberships the scopes in which the source lists it
 */
record Head(
        String digest,
        Instant effective,
        boolean dated,
        @Nullable Instant removedAt,
        List<Membership> memberships) {

    private static final int DIGEST_BYTES = 16;
    private static final long NEVER = Long.MIN_VALUE;

    /**
     * A subject's place in one scope of a source.
     *
     * @param scope encoded scope, see {@link Keys#scope}
     * @param ordinal its slot in the pages of last sight
     * @param absences complete sweeps in a row that missed it
     * @param firstAbsentAt end of the first of them, null where there is none
     * @param gone true once that scope has lost it
     */
    record Membership(
            String scope,
            int ordinal,
            int absences,
            @Nullable Instant firstAbsentAt,
            boolean gone) {

        Membership present() {
            return absences == 0 && !gone ? this : new Membership(scope, ordinal, 0, null, false);
        }

        Membership absent(Instant at, int limit) {
            Instant first = firstAbsentAt == null ? at : firstAbsentAt;
            return new Membership(scope, ordinal, absences + 1, first, absences + 1 >= limit);
        }
    }

    Head {
        memberships = List.copyOf(memberships);
    }

    @Nullable
    Membership membership(String scope) {
        for (Membership membership : memberships) {
            if (membership.scope().equals(scope)) {
                return membership;
            }
        }
        return null;
    }

    Head with(Membership membership) {
        List<Membership> changed = new ArrayList<>(memberships);
        changed.removeIf(one -> one.scope().equals(membership.scope()));
        changed.add(membership);
        return new Head(digest, effective, dated, removedAt, changed);
    }

    Head removed(Instant at) {
        return new Head(digest, effective, dated, at, memberships);
    }

    byte[] toBytes() {
        int size = DIGEST_BYTES + 8 + 1 + 8 + 2;
        List<byte[]> scopes = new ArrayList<>();
        for (Membership membership : memberships) {
            byte[] scope = membership.scope().getBytes(StandardCharsets.UTF_8);
            scopes.add(scope);
            size += 2 + scope.length + 4 + 4 + 8 + 1;
        }
        ByteBuffer out = ByteBuffer.allocate(size);
        out.put(HexFormat.of().parseHex(digest));
        out.putLong(effective.toEpochMilli());
        out.put((byte) (dated ? 1 : 0));
        out.putLong(millis(removedAt));
        out.putShort((short) memberships.size());
        for (int i = 0; i < scopes.size(); i++) {
            Membership membership = memberships.get(i);
            out.putShort((short) scopes.get(i).length).put(scopes.get(i));
            out.putInt(membership.ordinal()).putInt(membership.absences());
            out.putLong(millis(membership.firstAbsentAt()));
            out.put((byte) (membership.gone() ? 1 : 0));
        }
        return out.array();
    }

    static Head fromBytes(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        byte[] digest = new byte[DIGEST_BYTES];
        in.get(digest);
        Instant effective = Instant.ofEpochMilli(in.getLong());
        boolean dated = in.get() == 1;
        Instant removedAt = instant(in.getLong());
        int count = in.getShort();
        List<Membership> memberships = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            byte[] scope = new byte[in.getShort()];
            in.get(scope);
            memberships.add(new Membership(
                    new String(scope, StandardCharsets.UTF_8),
                    in.getInt(),
                    in.getInt(),
                    instant(in.getLong()),
                    in.get() == 1));
        }
        return new Head(HexFormat.of().formatHex(digest), effective, dated, removedAt, memberships);
    }

    /** Compares a stored head with a digest without decoding the rest. */
    static boolean hasDigest(byte[] bytes, String digest) {
        return Objects.equals(HexFormat.of().formatHex(bytes, 0, DIGEST_BYTES), digest);
    }

    private static long millis(@Nullable Instant instant) {
        return instant == null ? NEVER : instant.toEpochMilli();
    }

    private static @Nullable Instant instant(long millis) {
        return millis == NEVER ? null : Instant.ofEpochMilli(millis);
    }
}
