package io.modelwatch.producers.intake;

import io.modelwatch.producers.intake.Fields.Problems;
import io.modelwatch.producers.intake.Lines.Line;
import io.modelwatch.schemas.avro.AlertAction;
import io.modelwatch.schemas.avro.Disclosure;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ProcurementEvent;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads the contract's JSON Lines. A bad line is an error that names line and field; the other lines go through.
 * Lines, nesting and the whole input are bounded, so that no input takes the process down.
 */
public final class IntakeParser {

    /** Longest line, in bytes: what Kafka takes as one record by default. */
    public static final int MAX_LINE_BYTES = 1 << 20;

    /** Lines that one input may have unless said otherwise. */
    public static final int DEFAULT_MAX_LINES = 200_000;

    /** Longest input, in bytes: all that it holds is in memory before the first record is published. */
    public static final long MAX_INPUT_BYTES = 128L << 20;

    /** How far a sender's clock may be ahead of ours. */
    private static final Duration CLOCK_SKEW = Duration.ofMinutes(5);

    /** The forms are four deep; a body of a million brackets must not take the stack. */
    private static final int MAX_DEPTH = 32;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxNumberLength(100)
                            .maxStringLength(MAX_LINE_BYTES)
                            .maxNameLength(1000)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final int maxLines;

    /** Makes a parser that takes {@link #DEFAULT_MAX_LINES}. */
    public IntakeParser() {
        this(DEFAULT_MAX_LINES);
    }

    /** @param maxLines lines that one input may have; what follows them is not read */
    public IntakeParser(int maxLines) {
        if (maxLines < 1) {
            throw new IllegalArgumentException("maxLines must be at least 1, is " + maxLines);
        }
        this.maxLines = maxLines;
    }

    /**
     * Reads observations and sweep markers.
     *
     * @param lines UTF-8; not closed
     * @param clock says what the future is
     * @throws IOException if the input cannot be read to its end; nothing of it should be published then
     */
    public Batch<Observation> observations(InputStream lines, InstantSource clock) throws IOException {
        return parse(lines, clock, ObservationForm::read);
    }

    /**
     * Reads procurement events.
     *
     * @param lines UTF-8; not closed
     * @param clock says what the future is
     * @throws IOException if the input cannot be read to its end; nothing of it should be published then
     */
    public Batch<ProcurementEvent> procurement(InputStream lines, InstantSource clock) throws IOException {
        return parse(lines, clock, ProcurementForm::read);
    }

    /**
     * Reads what people do with alerts.
     *
     * @param lines UTF-8; not closed
     * @param clock says when that is
     * @throws IOException if the input cannot be read to its end; nothing of it should be published then
     */
    public Batch<AlertAction> alertActions(InputStream lines, InstantSource clock) throws IOException {
        Instant now = clock.instant();
        return parse(lines, clock, (line, latest) -> AlertActionForm.read(line, now));
    }

    /**
     * Reads what vendors announced.
     *
     * @param lines UTF-8; not closed
     * @param clock says what the future is
     * @throws IOException if the input cannot be read to its end; nothing of it should be published then
     */
    public Batch<Disclosure> disclosures(InputStream lines, InstantSource clock) throws IOException {
        return parse(lines, clock, DisclosureForm::read);
    }

    /**
     * Reads one procurement event that has been parsed already.
     *
     * @param line where it begins, for errors
     * @param clock says what the future is
     */
    public static Batch<ProcurementEvent> procurement(JsonNode event, int line, InstantSource clock) {
        Problems problems = new Problems(line);
        ProcurementEvent read = null;
        if (event.isObject()) {
            read = ProcurementForm.read(
                    Fields.of(event, problems), clock.instant().plus(CLOCK_SKEW));
        } else {
            problems.accept("", "must be an object with id, type, issuedAt and so on");
        }
        return problems.errors().isEmpty() && read != null
                ? new Batch<>(List.of(read), List.of(line), List.of())
                : new Batch<>(List.of(), List.of(), problems.errors());
    }

    /**
     * Reads one disclosure that has been parsed already.
     *
     * @param number where it stands, for errors
     * @param clock says what the future is
     */
    public static Batch<Disclosure> disclosure(JsonNode announced, int number, InstantSource clock) {
        Problems problems = new Problems(number);
        Disclosure read = null;
        if (announced.isObject()) {
            read = DisclosureForm.read(
                    Fields.of(announced, problems), clock.instant().plus(CLOCK_SKEW));
        } else {
            problems.accept("", "must be an object with id, announcedAt, models and countries");
        }
        return problems.errors().isEmpty() && read != null
                ? new Batch<>(List.of(read), List.of(number), List.of())
                : new Batch<>(List.of(), List.of(), problems.errors());
    }

    /** Reads one object; what it returns counts only if no problem was noted. */
    private interface Reader<T> {
        @Nullable
        T read(Fields line, Instant latest);
    }

    private <T> Batch<T> parse(InputStream in, InstantSource clock, Reader<T> reader) throws IOException {
        Instant latest = clock.instant().plus(CLOCK_SKEW);
        List<T> accepted = new ArrayList<>();
        List<Integer> numbers = new ArrayList<>();
        List<LineError> errors = new ArrayList<>();
        Lines lines = new Lines(in, MAX_LINE_BYTES, MAX_INPUT_BYTES);
        try {
            for (Line line = lines.next(); line != null; line = lines.next()) {
                if (line.number() > maxLines) {
                    errors.add(new LineError(
                            line.number(), "", "more than " + maxLines + " lines: nothing from here on was read"));
                    break;
                }
                Problems problems = new Problems(line.number());
                JsonNode node = json(line, problems);
                T value = node == null ? null : reader.read(Fields.of(node, problems), latest);
                if (problems.errors().isEmpty() && value != null) {
                    accepted.add(value);
                    numbers.add(line.number());
                }
                errors.addAll(problems.errors());
            }
        } catch (Lines.TooMuchException e) {
            errors.add(new LineError(
                    lines.number(),
                    "",
                    "the input is longer than " + (MAX_INPUT_BYTES >> 20)
                            + " MiB: nothing from this line on was read"));
        }
        return new Batch<>(accepted, numbers, errors);
    }

    private static @Nullable JsonNode json(Line line, Problems problems) {
        if (line.tooLong()) {
            problems.accept("", "longer than " + MAX_LINE_BYTES + " bytes");
            return null;
        }
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(line.bytes()))
                    .toString();
        } catch (CharacterCodingException e) {
            problems.accept("", "not UTF-8");
            return null;
        }
        if (text.isBlank()) {
            return null;
        }
        if (text.stripLeading().startsWith("<")) {
            problems.accept("", "HTML or XML where a JSON object is expected");
            return null;
        }
        try {
            JsonNode node = JSON.readTree(text);
            if (node.isObject()) {
                return node;
            }
            problems.accept("", "each line must be one JSON object");
        } catch (StreamConstraintsException e) {
            problems.accept("", "JSON beyond the limits: " + Fields.quote(String.valueOf(e.getOriginalMessage())));
        } catch (JacksonException e) {
            int column = e.getLocation() == null ? 0 : e.getLocation().getColumnNr();
            problems.accept(
                    "",
                    "not one whole JSON object on one line"
                            + (column > 0 ? " (column " + column + ")" : "")
                            + ": "
                            + Fields.quote(String.valueOf(e.getOriginalMessage())));
        }
        return null;
    }
}
