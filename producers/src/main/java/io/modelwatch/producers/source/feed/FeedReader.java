package io.modelwatch.producers.source.feed;

import io.modelwatch.producers.source.SourceException;
import java.io.ByteArrayInputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.MissingResourceException;
import java.util.Set;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * Reads the entries of RSS 1.0, RSS 2.0 and Atom. Neither document types nor entities from outside are read; depth, number of
 * entries and their length are bounded.
 */
final class FeedReader {

    private static final int MAX_DEPTH = 64;
    private static final int MAX_ENTRIES = 2000;
    private static final int MAX_TEXT = 1 << 16;

    private static final Set<String> ENTRIES = Set.of("item", "entry");
    private static final Set<String> TEXTS = Set.of("description", "summary", "content", "encoded");
    private static final Set<String> TIMES = Set.of("pubdate", "published", "updated", "date");

    private final XMLStreamReader xml;
    private final List<Entry> entries = new ArrayList<>();

    private FeedReader(byte[] body) throws XMLStreamException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        factory.setXMLResolver((publicId, systemId, base, namespace) -> {
            throw new XMLStreamException("nothing is read from outside");
        });
        this.xml = factory.createXMLStreamReader(new ByteArrayInputStream(body));
    }

    /**
     * Returns the entries, in the order of the feed.
     *
     * @param place where it was read, for errors
     * @throws SourceException if it is no feed, or larger than the bounds
     */
    static List<Entry> read(byte[] body, String place) throws SourceException {
        try {
            FeedReader reader = new FeedReader(body);
            reader.feed(place);
            return reader.entries;
        } catch (XMLStreamException e) {
            // The message of the parser quotes the input, which may be anything: only the place is told.
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNumber();
            throw new SourceException("no XML" + (line > 0 ? " at line " + line : "") + " from " + place, e);
        } catch (MissingResourceException e) {
            // Of some mistakes in a document type Java's parser has no words, and stumbles over that.
            throw new SourceException("no XML from " + place, e);
        }
    }

    private void feed(String place) throws XMLStreamException, SourceException {
        int depth = 0;
        boolean feed = false;
        while (xml.hasNext()) {
            int event = xml.next();
            if (event == XMLStreamConstants.START_ELEMENT) {
                String name = xml.getLocalName();
                feed |= depth == 0 && Set.of("rss", "feed", "RDF").contains(name);
                if (feed && ENTRIES.contains(name)) {
                    entries.add(entry(name));
                    if (entries.size() > MAX_ENTRIES) {
                        throw new SourceException("a feed of more than " + MAX_ENTRIES + " entries from " + place);
                    }
                } else if (++depth > MAX_DEPTH) {
                    throw new SourceException("XML of more than " + MAX_DEPTH + " levels from " + place);
                }
            } else if (event == XMLStreamConstants.END_ELEMENT) {
                depth--;
            } else if (event == XMLStreamConstants.DTD) {
                throw new SourceException("a document type, which no feed needs, in the XML from " + place);
            }
        }
        if (!feed) {
            throw new SourceException("no feed (RSS or Atom) from " + place);
        }
    }

    private Entry entry(String element) throws XMLStreamException, SourceException {
        String title = "";
        StringBuilder text = new StringBuilder();
        String link = null;
        Instant at = null;
        while (xml.next() != XMLStreamConstants.END_ELEMENT
                || !xml.getLocalName().equals(element)) {
            if (xml.getEventType() != XMLStreamConstants.START_ELEMENT) {
                continue;
            }
            String name = xml.getLocalName();
            String lower = name.toLowerCase(java.util.Locale.ROOT);
            if (lower.equals("title")) {
                title = plain(inner(name));
            } else if (TEXTS.contains(lower)) {
                text.append(' ').append(plain(inner(name)));
            } else if (lower.equals("link")) {
                String href = xml.getAttributeValue(null, "href");
                String inner = inner(name).strip();
                link = link != null ? link : href != null ? href : inner.isEmpty() ? null : inner;
            } else if (TIMES.contains(lower)) {
                Instant time = time(inner(name).strip());
                at = at == null || (time != null && time.isAfter(at)) ? time : at;
            } else {
                inner(name);
            }
        }
        return new Entry(title, (title + text).strip(), link, at);
    }

    /** Returns all text within the element that has begun, up to the limit, and goes to its end. */
    private String inner(String element) throws XMLStreamException, SourceException {
        StringBuilder text = new StringBuilder();
        int depth = 1;
        while (depth > 0) {
            switch (xml.next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    if (++depth > MAX_DEPTH) {
                        throw new SourceException("XML of more than " + MAX_DEPTH + " levels in a " + element);
                    }
                    text.append(' ');
                }
                case XMLStreamConstants.END_ELEMENT -> depth--;
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA, XMLStreamConstants.SPACE -> {
                    if (text.length() < MAX_TEXT) {
                        text.append(xml.getText(), 0, Math.min(xml.getText().length(), MAX_TEXT - text.length()));
                    }
                }
                default -> {
                    // Comments and instructions say nothing.
                }
            }
        }
        return text.toString();
    }

    /** Without the tags of HTML that a text may hold, in one line. */
    private static String plain(String text) {
        return text.replaceAll("<[^<>]{0,2000}>", " ")
                .replace("&nbsp;", " ")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&amp;", "&")
                .replaceAll("\\s+", " ")
                .strip();
    }

    private static @Nullable Instant time(String text) {
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException notIso) {
            try {
                return ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                        .toInstant();
            } catch (DateTimeException e) {
                return null;
            }
        }
    }
}
