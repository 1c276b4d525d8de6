package io.modelwatch.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfluentRegistryTest {

    @ParameterizedTest
    @ValueSource(ints = {400, 404, 405, 409, 422})
    void answersAboutASchemaAreRefusals(int status) {
        assertThat(ConfluentRegistry.refuses(status)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 301, 401, 403, 408, 429, 500, 502, 503, 504})
    void anythingElseMayPass(int status) {
        assertThat(ConfluentRegistry.refuses(status)).isFalse();
    }
}
