package io.modelwatch.producers.source.feed;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.modelwatch.producers.Fuzzed;
import io.modelwatch.producers.source.SourceException;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Feeds, RSS and Atom. */
class FeedReaderFuzz {

    static Stream<Arguments> samples() {
        return Fuzzed.texts(
                """
                <?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><item><title>a &amp; b</title><link>https://h/n</link><pubDate>Tue, 03 Feb 2026 10:00:00 GMT</pubDate><content:encoded><![CDATA[<p>text</p>]]></content:encoded></item></channel></rss>
                """,
                """
                <feed xmlns="http://www.w3.org/2005/Atom"><entry><title>a</title><link rel="alternate" href="https://h/a"/><updated>2026-02-03T10:00:00Z</updated><content type="xhtml"><div>x <i>y</i></div></content></entry></feed>
                """,
                "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/hostname\"><!ENTITY c \"&b;&b;\">]><rss><item>&c;</item></rss>");
    }

    @MethodSource("samples")
    @FuzzTest
    void aFeedIsReadOrRefused(byte[] body) {
        try {
            FeedReader.read(body, "https://vendor.example/feed");
        } catch (SourceException refused) {
            // Said so.
        }
    }
}
