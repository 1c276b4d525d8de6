package io.modelwatch.producers.source.modelfiles;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * Little-endian reading of a header of unknown origin: no length that it names is believed before it was held against
 * what may be read at all, and nothing is set aside for it before.
 */
final class HeaderInput {

    private final InputStream in;
    private final byte[] word = new byte[8];
    private long left;

    /** @param most bytes that may be read in all */
    HeaderInput(InputStream in, long most) {
        this.in = in;
        this.left = most;
    }

    long uint32() throws IOException, HeaderException {
        return number(4);
    }

    /** Returns a number without sign; those beyond what a long holds count nothing that a file could have. */
    long uint64() throws IOException, HeaderException {
        long value = number(8);
        if (value < 0) {
            throw new HeaderException("a count of more than 2^63");
        }
        return value;
    }

    /** Returns the next bytes as a number, the lowest first; with sign where all eight are taken. */
    long number(int bytes) throws IOException, HeaderException {
        take(bytes);
        if (in.readNBytes(word, 0, bytes) < bytes) {
            throw new EOFException();
        }
        long value = 0;
        for (int i = bytes - 1; i >= 0; i--) {
            value = value << 8 | (word[i] & 0xff);
        }
        return value;
    }

    /** @param most bytes of it that are legal */
    String text(long length, int most) throws IOException, HeaderException {
        if (length > most) {
            throw new HeaderException("a text of " + length + " bytes, more than " + most);
        }
        take(length);
        byte[] bytes = in.readNBytes((int) length);
        if (bytes.length < length) {
            throw new EOFException();
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    void skip(long length) throws IOException, HeaderException {
        take(length);
        in.skipNBytes(length);
    }

    private void take(long bytes) throws HeaderException {
        if (bytes < 0 || bytes > left) {
            throw new HeaderException("a header larger than what is read of one");
        }
        left -= bytes;
    }
}
