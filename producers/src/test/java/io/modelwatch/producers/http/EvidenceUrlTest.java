package io.modelwatch.producers.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvidenceUrlTest {

    @ParameterizedTest
    @CsvSource({
        "https://hub.example/api/models?author=Qwen&limit=5, https://hub.example/api/models?author=Qwen&limit=5",
        "https://kim:s3cret@hub.example/a@b, https://hub.example/a@b",
        "https://s3cret@hub.example?x=1#s3cret, https://hub.example?x=1",
        "https://feed.example/private.atom?token=s3cret, https://feed.example/private.atom?token=***",
        "https://a.example/v1?api_key=s3cret&page=2, https://a.example/v1?api_key=***&page=2",
        "https://a.example/v1?page=2&key=s3cret=, https://a.example/v1?page=2&key=***",
        "https://s.example/b?X-Amz-Credential=s3cret&X-Amz-Date=1&X-Amz-Signature=s3cret, "
                + "https://s.example/b?X-Amz-Credential=***&X-Amz-Date=1&X-Amz-Signature=***",
        "https://s.example/b?sv=2&sig=s3cret&APIKEY=s3cret, https://s.example/b?sv=2&sig=***&APIKEY=***",
        "not an address, not an address",
    })
    void shouldSayWhereAndGiveNobodyTheKey(String given, String told) {
        assertThat(EvidenceUrl.of(given)).isEqualTo(told);
    }
}
