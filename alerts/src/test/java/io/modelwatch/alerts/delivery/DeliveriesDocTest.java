package io.modelwatch.alerts.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.alerts.delivery.destination.Option;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Holds the tables of the reference page against the options; with {@code -Dupdate.docs=true} it writes them instead. */
class DeliveriesDocTest {

    private static final Path PAGE = Path.of("../docs/deliveries.md");

    @Test
    void theTablesAreWhatTheOptionsSay() throws IOException {
        String given = Files.readString(PAGE);
        String page = given;
        for (DestinationType type : DestinationType.values()) {
            Matcher place = Pattern.compile("(?s)(<!-- options " + type.title() + " -->\n).*?(<!-- end -->)")
                    .matcher(page);
            assertThat(place.find())
                    .as("a place for the options of %s", type.title())
                    .isTrue();
            page = page.substring(0, place.end(1)) + table(type) + page.substring(place.start(2));
        }
        if (Boolean.getBoolean("update.docs")) {
            Files.writeString(PAGE, page);
            given = page;
        }
        assertThat(given)
                .as("mvn -pl alerts -am test -Dtest=DeliveriesDocTest -Dupdate.docs=true writes them anew")
                .isEqualTo(page);
    }

    private static String table(DestinationType type) {
        StringBuilder table = new StringBuilder("| setting | default | |\n|---|---|---|\n");
        for (Option option : type.options()) {
            String otherwise = option.otherwise();
            table.append("| ")
                    .append(option.keys().stream().map(key -> "`" + key + "`").collect(Collectors.joining(", ")))
                    .append(" | ")
                    .append(otherwise != null ? "`" + otherwise + "`" : option.required() ? "*required*" : "")
                    .append(" | ")
                    .append(option.meaning())
                    .append(
                            option.kind() == Option.Kind.NUMBER || option.kind() == Option.Kind.CHOICE
                                    ? " (" + option.legal() + ")"
                                    : "")
                    .append(" |\n");
        }
        return table.toString();
    }
}
