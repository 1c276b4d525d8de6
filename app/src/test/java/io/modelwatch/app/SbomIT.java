package io.modelwatch.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Holds the bill of the program itself against what the launcher puts on the class path. It needs the package. */
class SbomIT {

    private static final Path TARGET = Path.of("target");

    @Test
    void everyLibraryThatShipsIsInTheBillWithItsVersionAndDigest() throws IOException {
        JsonNode bill = JsonMapper.shared().readTree(Files.readString(TARGET.resolve("modelwatch.cdx.json")));
        Set<String> billed = new TreeSet<>();
        for (JsonNode component : bill.path("components")) {
            assertThat(component.path("purl").asString("")).startsWith("pkg:maven/");
            assertThat(component.path("hashes").isEmpty()
                            && !component.path("group").asString("").equals("io.modelwatch"))
                    .as(component.path("purl").asString(""))
                    .isFalse();
            billed.add(component.path("name").asString("") + "-"
                    + component.path("version").asString(""));
        }
        List<String> shipped;
        try (Stream<Path> jars = Files.list(TARGET.resolve("lib"))) {
            shipped = jars.map(jar -> jar.getFileName().toString().replaceFirst("\\.jar$", ""))
                    .toList();
        }
        assertThat(shipped)
                .hasSizeGreaterThan(100)
                // A classifier stands behind the version.
                .allSatisfy(jar -> assertThat(billed).anyMatch(jar::startsWith));
    }
}
