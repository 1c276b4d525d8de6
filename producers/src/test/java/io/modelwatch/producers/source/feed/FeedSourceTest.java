package io.modelwatch.producers.source.feed;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.WireMockServer;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.http.HttpLimits;
import io.modelwatch.producers.source.IncrementalSource.Pass;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.producers.source.Settings;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FeedSourceTest {

    private static final String PATTERN = "model (?<model>[a-z0-9.-]+) will be (?:shut down|retired) on"
            + " (?<date>[A-Za-z]+ \\d{1,2}(?:st|nd|rd|th)?, \\d{4})(?:.{0,80}?use (?<replacement>[a-z0-9.-]*[a-z0-9]))?";

    private static final String RSS = """
            <?xml version="1.0" encoding="UTF-8"?>
            <rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Changelog</title>
            <item><title>Old news</title><link>https://example.com/old</link><pubDate>Mon, 05 Jan 2026 10:00:00 GMT</pubDate>
             <description>The model swift-1 will be retired on May 1, 2026.</description></item>
            <item><title>Swift 1 &amp; 2</title><link>https://example.com/new</link><pubDate>Tue, 03 Feb 2026 10:00:00 GMT</pubDate>
             <description>short</description>
             <content:encoded><![CDATA[<p>The model <b>swift-1</b> will be
               shut down on March 31st, 2026. Please use <code>swift-3</code>.</p><p>Model swift-2 will be retired on April 2, 2026</p>]]></content:encoded></item>
            <item><title>New office</title><description>We moved.</description></item>
            </channel></rss>""";

    private static final String ATOM = """
            <feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>
            <entry><title>Swift 1</title><link rel="alternate" href="https://example.com/atom"/><updated>2026-02-03T10:00:00Z</updated>
            <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Model <i>swift-1</i> will be retired on
            March 31, 2026.</div></content></entry></feed>""";

    private final WireMockServer server = new WireMockServer(options().dynamicPort());
    private final HttpFetcher http = new HttpFetcher(HttpLimits.defaults(), InstantSource.system());
    private final Map<String, ModelReading> readings = new TreeMap<>();

    @BeforeEach
    void start() {
        server.start();
    }

    @AfterEach
    void stop() {
        http.close();
        server.stop();
    }

    @Test
    void whatThePatternFindsIsSaidOfTheModelAndTheNewerEntryHolds() throws Exception {
        Pass pass = pass(RSS);
        assertThat(pass.left()).isNull();
        // A feed holds its last entries only: never a whole pass, so that nothing is removed by it.
        assertThat(pass.whole()).isFalse();
        assertThat(readings.keySet()).containsExactly("pkg:generic/example/swift-1", "pkg:generic/example/swift-2");
        ModelReading first = readings.get("pkg:generic/example/swift-1");
        assertThat(first.facts().getAttributes())
                .containsEntry("retirement_date", "2026-03-31")
                .containsEntry("retirement_replacement", "swift-3")
                .containsEntry("retirement_notice", "Swift 1 & 2");
        assertThat(first.effectiveAt()).isEqualTo(Instant.parse("2026-02-03T10:00:00Z"));
        assertThat(first.evidence().getUrl()).isEqualTo("https://example.com/new");
        assertThat(readings.get("pkg:generic/example/swift-2").facts().getAttributes())
                .containsEntry("retirement_date", "2026-04-02")
                .doesNotContainKey("retirement_replacement");
    }

    @Test
    void atomIsReadAsWell() throws Exception {
        assertThat(pass(ATOM).left()).isNull();
        assertThat(readings).hasSize(1);
        ModelReading reading = readings.get("pkg:generic/example/swift-1");
        assertThat(reading.facts().getAttributes()).containsEntry("retirement_date", "2026-03-31");
        assertThat(reading.evidence().getUrl()).isEqualTo("https://example.com/atom");
    }

    @Test
    void nothingFromOutsideIsReadAndNothingUnbounded() {
        for (String body : new String[] {
            "<!DOCTYPE rss [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><rss><channel><item><title>&x;</title></item></channel></rss>",
            "<rss>" + "<a>".repeat(100_000),
            "<rss><channel>" + "<item/>".repeat(2001) + "</channel></rss>",
            "<rss><channel><item><title>" + "<b>".repeat(100) + "</title></item></channel></rss>",
            "<html><body>Sign in</body></html>",
            "<rss><channel><item>",
            "{}",
            ""
        }) {
            assertThatThrownBy(() -> pass(body))
                    .as(body.substring(0, Math.min(80, body.length())))
                    .isInstanceOf(io.modelwatch.producers.source.SourceException.class)
                    .hasMessageNotContaining("root:");
            assertThat(readings).isEmpty();
        }
    }

    @Test
    void aFeedWithoutAnEntryIsTold() throws Exception {
        assertThat(pass("<rss><channel/></rss>").left()).isEqualTo("the feed is empty");
        server.stubFor(get(urlPathEqualTo("/feed")).willReturn(aResponse().withStatus(404)));
        assertThatThrownBy(() -> source().pass("", null, (page, next) -> {})).hasMessageContaining("404");
    }

    @Test
    void aPatternThatFindsNoModelIsRefused() {
        assertThatThrownBy(() -> config("(?<date>x)")).hasMessageContaining("(?<model>");
        assertThatThrownBy(() -> config("(?<model>")).hasMessageContaining("pattern: no regular expression");
    }

    private Pass pass(String body) throws Exception {
        server.stubFor(get(urlPathEqualTo("/feed"))
                .willReturn(aResponse()
                        .withHeader("Content-Type", "application/rss+xml")
                        .withBody(body)));
        return source().pass(
                        "", null, (page, next) -> page.forEach(one -> readings.put(one.subject(), (ModelReading) one)));
    }

    private FeedSource source() {
        return new FeedSource(config(PATTERN), http);
    }

    private FeedConfig config(String pattern) {
        return FeedConfig.of(new Settings(
                "test",
                Map.of("url", server.baseUrl() + "/feed", "vendor", "example", "pattern", pattern),
                FeedConfig.KEYS));
    }
}
