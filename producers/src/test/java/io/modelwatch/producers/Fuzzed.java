package io.modelwatch.producers;

import io.modelwatch.schemas.AvroTrust;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.params.provider.Arguments;

/** What the fuzz tests have in common: recorded samples to start from, and what must hold of whatever is let through. */
public final class Fuzzed {

    private static final Path RESOURCES = Path.of("src/test/resources");

    /** Longer samples make the fuzzer slow and teach it little. */
    private static final int LONGEST = 8 << 10;

    private Fuzzed() {}

    /** Returns recorded answers as samples: the files of a directory of the test resources whose names match. */
    public static Stream<Arguments> recorded(String directory, String pattern) {
        try (Stream<Path> files = Files.walk(RESOURCES.resolve(directory), 1)) {
            return files
                    .filter(file -> file.getFileName().toString().matches(pattern))
                    .sorted()
                    .map(Fuzzed::bytes)
                    .filter(bytes -> bytes.length <= LONGEST)
                    .map(bytes -> Arguments.of((Object) bytes))
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns texts as samples. */
    public static Stream<Arguments> texts(String... texts) {
        return Stream.of(texts).map(text -> Arguments.of((Object) text.getBytes(StandardCharsets.UTF_8)));
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Fails unless a record that was let through can be written to its topic and comes back as it was. */
    public static void mustBeWritable(SpecificRecord record) {
        AvroTrust.establish();
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
            new SpecificDatumWriter<SpecificRecord>(record.getSchema()).write(record, encoder);
            encoder.flush();
            SpecificRecord back = new SpecificDatumReader<SpecificRecord>(record.getSchema())
                    .read(null, DecoderFactory.get().binaryDecoder(bytes.toByteArray(), null));
            if (!back.equals(record)) {
                throw new AssertionError("it comes back as " + back + " and was " + record);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
