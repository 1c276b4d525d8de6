package io.modelwatch.history.api;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Takes pushed lines in. The API knows the way in; what stands behind it is put there by the program. */
public interface Intake {

    /**
     * Publishes observations and sweep markers.
     *
     * @param lines JSON Lines, UTF-8
     * @param wait whether to return only when all of it has passed through every topology into the history
     * @param headers gives the value of a header, or null
     * @throws UnavailableException if nothing was published
     * @throws NotSettledException if the lines were published, but have not passed through in time
     * @throws IOException if the lines cannot be read to their end; nothing was published then
     */
    Receipt observations(InputStream lines, boolean wait, UnaryOperator<@Nullable String> headers)
            throws IOException, InterruptedException;

    /** Publishes procurement events; all else as {@link #observations}. */
    Receipt procurementEvents(InputStream lines, boolean wait) throws IOException, InterruptedException;

    /** Publishes what vendors announced; all else as {@link #observations}. */
    Receipt disclosures(InputStream lines, boolean wait) throws IOException, InterruptedException;

    /**
     * Publishes what people do with alerts; all else as {@link #observations}.
     *
     * @param token name of the token by which it came, or null where nobody needs one: it is said with the author, who is
     *     whoever the lines name
     */
    Receipt alertActions(InputStream lines, boolean wait, @Nullable String token)
            throws IOException, InterruptedException;

    /**
     * Publishes what a ticket of another system says.
     *
     * @param webhook name of the way in
     * @param headers gives the value of a header, or null
     * @param body as it was sent
     * @throws UnknownException if there is no such way in
     * @throws RefusedException if the sender does not prove to know the secret
     * @throws UnavailableException if nothing was published
     */
    Receipt ticket(String webhook, UnaryOperator<@Nullable String> headers, byte[] body) throws InterruptedException;

    /**
     * Has a source looked at, since somebody says that something changed there.
     *
     * @param source its name
     * @param headers gives the value of a header, or null
     * @param body as it was sent
     * @throws UnknownException if there is no such source, or it takes no hints
     * @throws RefusedException if the sender does not prove to know the secret
     * @throws UnavailableException if the source is not looked at
     */
    Receipt hint(String source, UnaryOperator<@Nullable String> headers, byte[] body);

    /**
     * Publishes what people do with alerts in the tool behind a delivery.
     *
     * @param delivery its name
     * @param headers gives the value of a header, or null
     * @param body as it was sent
     * @throws UnknownException if there is no such delivery, or it takes nothing back
     * @throws RefusedException if the sender does not prove to know the secret
     * @throws UnavailableException if nothing was published
     */
    Receipt callback(String delivery, UnaryOperator<@Nullable String> headers, byte[] body) throws InterruptedException;

    /**
     * Publishes what a bill, posted by another system, says of a deployment.
     *
     * @param receiver name of the way in
     * @param headers gives the value of a header, or null
     * @param body as it was sent
     * @throws UnknownException if there is no such way in
     * @throws RefusedException if the sender may not post
     * @throws UnavailableException if nothing was published
     */
    Receipt bill(String receiver, UnaryOperator<@Nullable String> headers, byte[] body) throws InterruptedException;

    /**
     * Publishes what an export of OpenTelemetry traces says of models.
     *
     * @param body as it was sent, unpacked
     * @param json whether it is JSON; protobuf else
     * @throws UnknownException if spans are not taken in here
     * @throws MalformedException if it is no such export; nothing was published then
     * @throws UnavailableException if it was not published, or not all of it
     */
    SpanReceipt spans(byte[] body, boolean json);

    /**
     * What came of spans.
     *
     * @param rejected number of those that call a model and cannot be used
     * @param reason why, null where none was rejected
     */
    record SpanReceipt(long rejected, @Nullable String reason) {}

    /**
     * What came of the lines.
     *
     * @param accepted number of lines that were published
     * @param errors what is wrong with the others
     * @param warnings what is odd about lines that were published all the same
     */
    record Receipt(long accepted, List<LineError> errors, List<LineError> warnings) {
        /** Copies the lists. */
        public Receipt {
            errors = List.copyOf(errors);
            warnings = List.copyOf(warnings);
        }

        /** Without warnings. */
        public Receipt(long accepted, List<LineError> errors) {
            this(accepted, errors, List.of());
        }
    }

    /**
     * Why a line was refused, or what is odd about it.
     *
     * @param line its number, from 1
     * @param field dotted path of the field; empty where the line as a whole is at fault
     * @param message what is wrong and what is legal
     */
    record LineError(int line, String field, String message) {}

    /** There is no such way in. */
    final class UnknownException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        /** @param message what is not there and what is */
        public UnknownException(String message) {
            super(message);
        }
    }

    /** What was sent is not what it should be. */
    final class MalformedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        /** @param message what it should be */
        public MalformedException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** Whoever sent it is not known. */
    final class RefusedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        /** @param message what would be known */
        public RefusedException(String message) {
            super(message);
        }
    }

    /** Nothing can be taken in just now; trying again later may help. */
    final class UnavailableException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        /** @param message what is away */
        public UnavailableException(String message, @Nullable Throwable cause) {
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
