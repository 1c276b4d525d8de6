package io.modelwatch.producers.intake;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.modelwatch.producers.Fuzzed;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Pushed lines of every kind. */
class IntakeParserFuzz {

    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-03-02T00:00:00Z"));
    private static final int MAX_LINES = 20;

    private interface Parsing<T extends SpecificRecord> {
        Batch<T> parse(InputStream lines) throws IOException;
    }

    static Stream<Arguments> samples() {
        return Fuzzed.texts("""
                {"kind":"model","source":"h","observedAt":"2026-03-01T10:00:00Z","effectiveAt":"2026-03-01T09:58:12Z","model":{"id":"pkg:huggingface/Q/W","revision":"a","author":"Q","ownerId":"6","parents":[{"id":"pkg:huggingface/Q/V","relation":"finetune"}],"license":"mit","datasets":["d"],"attributes":{"a":"b","n":1.5,"t":true,"l":["x"]}},"evidence":{"url":"https://h/a?key=b","sha256":"00","method":"api"}}
                """, """
                {"kind":"deployment","source":"l","observedAt":"2026-03-01T10:00:00Z","deployment":{"id":"d","type":"saas","vendor":"v","owner":"o","models":[{"id":"pkg:generic/a/b","revision":"r","role":"primary","requested":"q","weight":1.0}],"hosting":[{"provider":"azure","region":"westeurope","country":"NL"}],"attributes":{}}}
                {"kind":"sweep","source":"h","scope":"s","startedAt":"2026-03-01T10:00:00Z","completedAt":"2026-03-01T10:00:01Z","outcome":"failed","error":"503"}
                """, """
                {"id":"CHG-1","type":"change-ticket","issuedAt":"2026-03-01T10:00:00Z","subject":{"model":"pkg:*"},"allows":{"models":["*"],"origins":["US"],"licenses":["mit"],"countries":["NL"],"changes":["revision_moved"]},"once":false,"validFrom":"2026-03-01T10:00:00Z","validTo":"2027-03-01T10:00:00Z","approver":"k","reference":"https://t"}
                {"id":"R","type":"revocation","issuedAt":"2026-03-01T10:00:00Z","revokes":"CHG-1"}
                """, """
                {"alert":"a","action":"suppress","author":"k","until":"2026-03-09T00:00:00Z","reason":"r"}
                {"id":"v:1","vendor":"v","announcedAt":"2026-02-20T00:00:00Z","observedAt":"2026-03-01T10:00:00Z","models":[{"id":"pkg:huggingface/Q/W"}],"countries":["NL"]}
                """);
    }

    @MethodSource("samples")
    @FuzzTest
    void everyLineIsReadOrRefused(byte[] lines) throws IOException {
        IntakeParser parser = new IntakeParser(MAX_LINES);
        check(lines, in -> parser.observations(in, CLOCK));
        check(lines, in -> parser.procurement(in, CLOCK));
        check(lines, in -> parser.alertActions(in, CLOCK));
        check(lines, in -> parser.disclosures(in, CLOCK));
    }

    private static <T extends SpecificRecord> void check(byte[] lines, Parsing<T> parsing) throws IOException {
        Batch<T> batch = parsing.parse(new ByteArrayInputStream(lines));
        batch.accepted().forEach(Fuzzed::mustBeWritable);
        batch.errors().forEach(error -> {
            if (error.line() < 1 || error.message().isBlank()) {
                throw new AssertionError("an error that says nothing: " + error);
            }
        });
    }
}
