package io.modelwatch.app.cli;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a moment: RFC 3339, or so long ago (`90s`, `30m`, `24h`, `7d`, `2w`). */
final class When implements ITypeConverter<Instant> {
    private static final Pattern AGE = Pattern.compile("(\\d{1,6})([smhdw])");

    /** Reads an age such as `24h`; null for anything else. */
    static @Nullable Duration age(String text) {
        Matcher age = AGE.matcher(text);
        if (!age.matches()) {
            return null;
        }
        long unit =
                switch (age.group(2)) {
                    case "s" -> 1;
                    case "m" -> 60;
                    case "h" -> 3600;
                    case "d" -> 86_400;
                    default -> 7 * 86_400;
                };
        return Duration.ofSeconds(Long.parseLong(age.group(1)) * unit);
    }

    @Override
    public Instant convert(String text) {
        Duration ago = age(text);
        if (ago != null) {
            return Instant.now().minus(ago);
        }
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException e) {
            throw new TypeConversionException(
                    "'" + text + "' is neither a time (2026-03-01T10:00:00Z) nor an age (24h, 7d)");
        }
    }
}
