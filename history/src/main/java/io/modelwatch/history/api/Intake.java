package io.modelwatch.history.api;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** Takes pushed lines in. The API knows the way in; what stands behind it is put there by the program. */
public interface Intake {

    /**
     * Publishes observations and sweep markers.
     *
     * @param lines JSON Lines, UTF-8
     * @param wait whether to return only when all of it has passed through every topology into the history
     * @throws UnavailableException if nothing was published
     * @throws NotSettledException if the lines were published, but have not passed through in time
     * @throws IOException if the lines cannot be read to their end; nothing was published then
     */
    Receipt observations(InputStream lines, boolean wait) throws IOException, InterruptedException;

    /** Publishes procurement events; all else as {@link #observations}. */
    Receipt procurementEvents(InputStream lines, boolean wait) throws IOException, InterruptedException;

    /** Publishes what vendors announced; all else as {@link #observations}. */
    Receipt disclosures(InputStream lines, boolean wait) throws IOException, InterruptedException;

    /** Publishes what people do with alerts; all else as {@link #observations}. */
    Receipt alertActions(InputStream lines, boolean wait) throws IOException, InterruptedException;

    /**
     * What came of the lines.
     *
     * @param accepted number of lines that were published
     * @param errors what is wrong with the others
     */
    record Receipt(long accepted, List<LineError> errors) {
        /** Copies the list. */
        public Receipt {
            errors = List.copyOf(errors);
        }
    }

    /**
     * Why a line was refused.
     *
     * @param line its number, from 1
     * @param field dotted path of the field; empty where the line as a whole is at fault
     * @param message what is wrong and what is legal
     */
    record LineError(int line, String field, String message) {}

    /** Nothing can be taken in just now; trying again later may help. */
    final class UnavailableException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        /** @param message what is away */
        public UnavailableException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** What was waited for took too long. The lines are published and will pass through; the message says what is behind. */
    final class NotSettledException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        /** @param message what is behind */
        public NotSettledException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
