package io.modelwatch.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.schemas.tls.Certificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TraceSettingsTest {

    private static TraceSettings of(Map<String, String> environment) {
        return TraceSettings.of(new Values(ConfigFile.none(), Map.of(), environment::get));
    }

    @Test
    void nothingIsTracedWhereNoEndpointIsNamed() {
        assertThat(of(Map.of("MODELWATCH_TRACES_SAMPLE", "0.5"))).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "http://collector:4318, http://collector:4318/v1/traces",
        "http://collector:4318/, http://collector:4318/v1/traces",
        "https://tempo.example/otlp, https://tempo.example/otlp/v1/traces",
        "https://tempo.example/otlp/v1/traces, https://tempo.example/otlp/v1/traces"
    })
    void anEndpointIsWhatOpenTelemetryCallsOne(String given, String sentTo) {
        TraceSettings settings = of(Map.of("MODELWATCH_TRACES_ENDPOINT", given));

        assertThat(settings.endpoint()).hasToString(sentTo);
        assertThat(settings.sample()).isEqualTo(1);
        assertThat(settings.headers()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "collector:4318",
                "ftp://collector",
                "http://",
                "http://user:geheim@collector:4318",
                "http://collector:4318?key=geheim",
                "http://collector:4318/ geheim"
            })
    void whatIsNoPlainAddressIsRefusedWithoutBeingQuoted(String given) {
        assertThatThrownBy(() -> of(Map.of("MODELWATCH_TRACES_ENDPOINT", given)))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("traces.endpoint (environment variable MODELWATCH_TRACES_ENDPOINT): ")
                .hasMessageNotContaining("geheim");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-0.1", "1.1", "NaN", "much"})
    void aShareIsFromNoneToAll(String given) {
        assertThatThrownBy(() ->
                        of(Map.of("MODELWATCH_TRACES_ENDPOINT", "http://c:4318", "MODELWATCH_TRACES_SAMPLE", given)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("traces.sample")
                .hasMessageContaining("from 0 to 1");
    }

    @Test
    void headersComeFromTheEnvironmentAndAreNeverShown() {
        TraceSettings settings = of(Map.of(
                "MODELWATCH_TRACES_ENDPOINT", "http://c:4318",
                "MODELWATCH_TRACES_HEADERS", "authorization=Bearer geheim==, x-tenant=soc"));

        assertThat(settings.headers())
                .containsExactlyInAnyOrderEntriesOf(Map.of("authorization", "Bearer geheim==", "x-tenant", "soc"));
        assertThat(settings.toString()).contains("authorization").doesNotContain("geheim");
    }

    @Test
    void whomToTrustIsReadBeforeAnythingIsSent(@TempDir Path dir) throws Exception {
        Path nobody = Files.writeString(dir.resolve("nobody.pem"), "not a certificate");
        for (Path file : List.of(nobody, dir.resolve("missing.pem"))) {
            assertThatThrownBy(() -> of(Map.of(
                            "MODELWATCH_TRACES_ENDPOINT",
                            "https://c:4318",
                            "MODELWATCH_TRACES_CA_FILE",
                            file.toString())))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageStartingWith("traces.caFile (environment variable MODELWATCH_TRACES_CA_FILE): " + file);
        }
        Path authority = Certificates.of(dir, "ip:127.0.0.1").authority();
        assertThat(of(Map.of(
                                "MODELWATCH_TRACES_ENDPOINT",
                                "https://c:4318",
                                "MODELWATCH_TRACES_CA_FILE",
                                authority.toString()))
                        .authorities())
                .isEqualTo(Files.readString(authority));
    }

    @ParameterizedTest
    @ValueSource(strings = {"geheim", "=geheim", "a b=geheim", "a=b,geheim", "a=gehe\nim"})
    void whatIsNoHeaderIsRefusedWithoutBeingQuoted(String given) {
        assertThatThrownBy(() ->
                        of(Map.of("MODELWATCH_TRACES_ENDPOINT", "http://c:4318", "MODELWATCH_TRACES_HEADERS", given)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("MODELWATCH_TRACES_HEADERS")
                .hasMessageNotContaining("gehe");
    }
}
