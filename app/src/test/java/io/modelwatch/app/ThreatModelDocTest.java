package io.modelwatch.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Holds the threat model against the tests that it names: a line whose test is gone is a line that nothing closes. */
class ThreatModelDocTest {

    private static final Path PAGE = Path.of("../docs/threat-model.md");

    private static final Pattern HEAD = Pattern.compile("\\| the way in \\|.*");
    private static final Pattern NAMED =
            Pattern.compile("`(?<class>(?:[a-z]+\\.)*[A-Z]\\w*(?:Test|IT|Fuzz))\\.(?<method>\\w+)`");
    private static final Pattern TEST = Pattern.compile("@(?:Test|ParameterizedTest|FuzzTest)\\b");

    private static final List<Path> SOURCES = new ArrayList<>();

    /** A line of one of the tables of threats. */
    private record Line(String way, String test, String open) {}

    @BeforeAll
    static void findSources() throws IOException {
        try (Stream<Path> modules = Files.list(Path.of(".."))) {
            for (Path tests : modules.map(module -> module.resolve("src/test/java"))
                    .filter(Files::isDirectory)
                    .toList()) {
                try (Stream<Path> files = Files.walk(tests)) {
                    files.filter(file -> file.toString().endsWith(".java")).forEach(SOURCES::add);
                }
            }
        }
    }

    @Test
    void everyTestThatIsNamedExists() throws IOException {
        List<String> missing = new ArrayList<>();
        Matcher named = NAMED.matcher(Files.readString(PAGE));
        int count = 0;
        while (named.find()) {
            count++;
            if (!isTest(named.group("class"), named.group("method"))) {
                missing.add(named.group());
            }
        }
        assertThat(missing).as("named, and no test").isEmpty();
        assertThat(count).isGreaterThan(100);
    }

    @Test
    void everyLineNamesItsTestOrSaysWhatIsOpen() throws IOException {
        List<Line> lines = lines();
        assertThat(lines).hasSizeGreaterThan(50).allSatisfy(line -> {
            assertThat(line.way()).isNotEmpty();
            if (line.test().equals("**none**")) {
                assertThat(line.open()).as(line.way()).isNotEmpty();
            } else {
                assertThat(NAMED.matcher(line.test()).find()).as(line.way()).isTrue();
            }
        });
    }

    @Test
    void aTestThatIsNotThereIsFound() throws IOException {
        assertThat(isTest("ThreatModelDocTest", "everyTestThatIsNamedExists")).isTrue();
        assertThat(isTest("app.ThreatModelDocTest", "everyTestThatIsNamedExists"))
                .isTrue();
        assertThat(isTest("ThreatModelDocTest", "findSources")).isFalse();
        assertThat(isTest("alerts.ThreatModelDocTest", "everyTestThatIsNamedExists"))
                .isFalse();
    }

    private static List<Line> lines() throws IOException {
        List<Line> lines = new ArrayList<>();
        boolean threats = false;
        for (String text : Files.readAllLines(PAGE)) {
            if (HEAD.matcher(text).matches()) {
                threats = true;
            } else if (!text.startsWith("|")) {
                threats = false;
            } else if (threats && !text.startsWith("|---")) {
                String[] cells = text.substring(1).split("\\|", -1);
                assertThat(cells).as(text).hasSize(5);
                lines.add(new Line(cells[0].strip(), cells[2].strip(), cells[3].strip()));
            }
        }
        return lines;
    }

    /** Returns whether one class of that name, which the end of its package may stand before, has a test of that name. */
    private static boolean isTest(String name, String method) throws IOException {
        Path end = Path.of(name.replace('.', '/') + ".java");
        List<Path> found = SOURCES.stream().filter(file -> file.endsWith(end)).toList();
        assertThat(found).as("classes called " + name).hasSizeLessThanOrEqualTo(1);
        if (found.isEmpty()) {
            return false;
        }
        String source = Files.readString(found.getFirst());
        Matcher declared =
                Pattern.compile("\\bvoid " + Pattern.quote(method) + "\\(").matcher(source);
        if (!declared.find()) {
            return false;
        }
        // Its annotations stand between it and the end of what is declared before.
        String before = source.substring(0, declared.start());
        String own = before.substring(Math.max(before.lastIndexOf("}\n\n"), before.lastIndexOf(";\n\n")) + 1);
        return TEST.matcher(own).find();
    }
}
