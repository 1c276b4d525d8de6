package io.modelwatch.producers.intake;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Splits an input into lines and holds no more than one line of legal length at a time. */
final class Lines {

    private static final byte[] BOM = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private final InputStream in;
    private final int maxLine;
    private final long maxBytes;
    private long read;
    private int number;

    Lines(InputStream in, int maxLine, long maxBytes) {
        this.in = new BufferedInputStream(in, 1 << 16);
        this.maxLine = maxLine;
        this.maxBytes = maxBytes;
    }

    /**
     * One line.
     *
     * @param bytes its bytes without the line's end; empty if it is too long
     */
    record Line(int number, byte[] bytes, boolean tooLong) {}

    /** The input is longer than allowed; an input that never ends must end here. */
    static final class TooMuchException extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /** Number of the line that was read last. */
    int number() {
        return number;
    }

    /** Returns the next line, or null at the end of the input. */
    @Nullable
    Line next() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(512);
        boolean any = false;
        boolean tooLong = false;
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (!any) {
                any = true;
                number++;
            }
            if (++read > maxBytes) {
                throw new TooMuchException();
            }
            if (b == '\n') {
                break;
            }
            if (line.size() < maxLine) {
                line.write(b);
            } else {
                tooLong = true;
            }
        }
        if (!any) {
            return null;
        }
        return new Line(number, tooLong ? new byte[0] : content(line.toByteArray()), tooLong);
    }

    private byte[] content(byte[] bytes) {
        int from = 0;
        int to = bytes.length;
        if (number == 1 && to >= BOM.length && Arrays.equals(bytes, 0, BOM.length, BOM, 0, BOM.length)) {
            from = BOM.length;
        }
        if (to > from && bytes[to - 1] == '\r') {
            to--;
        }
        return Arrays.copyOfRange(bytes, from, to);
    }
}
