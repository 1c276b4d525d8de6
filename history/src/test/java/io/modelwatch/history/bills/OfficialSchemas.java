package io.modelwatch.history.bills;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/** The official schemas of the formats (see {@code bills/README.md} beside them), with formats such as date-time held to. */
public final class OfficialSchemas {

    private static final String CYCLONEDX = "http://cyclonedx.org/schema/";

    /** Only definitions of elliptic curves and algorithms, which no bill of ours has. */
    private static final String NO_CRYPTOGRAPHY =
            "{\"definitions\":{\"ellipticCurvesEnum\":false,\"algorithmFamiliesEnum\":false}}";

    private static final Schema CYCLONEDX_1_6 = schema("bom-1.6.schema.json", SpecificationVersion.DRAFT_7);
    private static final Schema CYCLONEDX_1_7 = schema("bom-1.7.schema.json", SpecificationVersion.DRAFT_7);
    private static final Schema SPDX = schema("spdx-3.0.1.schema.json", SpecificationVersion.DRAFT_2020_12);

    private OfficialSchemas() {}

    /** Returns what is wrong with a document, in words. */
    public static List<String> violations(BillFormat format, String document) {
        Schema schema =
                switch (format) {
                    case CYCLONEDX_1_6 -> CYCLONEDX_1_6;
                    case CYCLONEDX_1_7 -> CYCLONEDX_1_7;
                    case SPDX -> SPDX;
                };
        return schema
                .validate(
                        document,
                        InputFormat.JSON,
                        context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)))
                .stream()
                .map(error -> error.getInstanceLocation() + ": " + error.getMessage())
                .toList();
    }

    private static Schema schema(String name, SpecificationVersion version) {
        Map<String, String> others = Map.of(
                CYCLONEDX + "spdx.schema.json", text("spdx.schema.json"),
                CYCLONEDX + "jsf-0.82.schema.json", text("jsf-0.82.schema.json"),
                CYCLONEDX + "cryptography-defs.schema.json", NO_CRYPTOGRAPHY,
                CYCLONEDX + name, text(name));
        SchemaRegistry registry = SchemaRegistry.withDefaultDialect(version, builder -> builder.schemas(others::get));
        return registry.getSchema(SchemaLocation.of(CYCLONEDX + name));
    }

    private static String text(String name) {
        try (InputStream in = new GZIPInputStream(
                Objects.requireNonNull(OfficialSchemas.class.getResourceAsStream("/bills/" + name + ".gz"), name))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
