package io.modelwatch.producers.source.page;

import io.modelwatch.producers.http.FetchException;
import io.modelwatch.producers.http.Fetched;
import io.modelwatch.producers.source.SourceException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.select.Elements;
import org.jspecify.annotations.Nullable;

/** A page as it was read, and the parts of it that are looked at. */
final class PageDocument {

    /** A page of more is no page for people. */
    static final int MAX_BYTES = 8 << 20;

    /** Letters that a page of people has at the least. */
    private static final int MIN_TEXT = 40;

    /** A page of fewer letters that asks to be let in says nothing else. */
    private static final int MIN_BESIDE_A_WALL = 1500;

    /** The same where only those without JavaScript are told so: pages that need it for a picture say it too. */
    private static final int MIN_BESIDE_NOSCRIPT = 300;

    private static final Pattern CHARSET = Pattern.compile("charset=[\"']?([A-Za-z0-9._:-]{1,40})");

    /** What stands in place of a page for those without a browser. */
    private static final Pattern WALL = Pattern.compile(
            "enable javascript|javascript is (?:required|disabled)|requires javascript|turn on javascript|just a moment"
                    + "|checking (?:if the site connection is secure|your browser)|verify (?:that )?you are (?:a )?human"
                    + "|are you a robot|access denied|accept (?:all )?cookies to continue|before you continue"
                    + "|aktivieren sie javascript|activer javascript|habilit\\p{L}* javascript",
            Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);

    /** What is no text, or belongs to every page of a site. */
    private static final String BOILERPLATE = "script, style, noscript, template, svg, iframe, nav, dialog, [hidden],"
            + " [aria-hidden=true], [role=navigation], [role=dialog], [role=alertdialog], #onetrust-consent-sdk,"
            + " #onetrust-banner-sdk, #CybotCookiebotDialog, #usercentrics-root, .cookie-banner, .cookie-consent, .cc-window,"
            + " body > header, body > footer";

    /** The main part of a page, by what its author says, in the order of preference. */
    private static final List<String> MAIN = List.of("main", "[role=main]", "article", "body");

    private final Document document;
    private final String place;

    private PageDocument(Document document, String place) {
        this.document = document;
        this.place = place;
    }

    /** @throws SourceException if it is no page that says something */
    static PageDocument of(URI asked, Fetched fetched) throws SourceException {
        String place = FetchException.place(asked);
        String type = fetched.headers().firstValue("Content-Type").orElse("").toLowerCase(Locale.ROOT);
        if (!type.isEmpty() && !type.contains("html")) {
            throw new SourceException("content type " + type.replaceAll("[^a-z0-9/+.;= -]", "")
                    + " where a page (HTML) was expected from " + place);
        }
        if (fetched.body().length > MAX_BYTES) {
            throw new SourceException("a page of more than " + (MAX_BYTES >> 20) + " MiB from " + place);
        }
        try {
            Document document = Jsoup.parse(
                    new ByteArrayInputStream(fetched.body()),
                    charset(type),
                    fetched.uri().toString());
            PageDocument page = new PageDocument(document, place);
            page.mustSpeak(!fetched.uri().getPath().equals(asked.getPath()));
            return page;
        } catch (IOException e) {
            throw new SourceException("no page (HTML) that can be read from " + place, e);
        }
    }

    private static @Nullable String charset(String type) {
        Matcher matcher = CHARSET.matcher(type);
        try {
            return matcher.find() && Charset.isSupported(matcher.group(1)) ? matcher.group(1) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private void mustSpeak(boolean redirected) throws SourceException {
        boolean signIn = redirected && document.selectFirst("input[type=password]") != null;
        Element body = document.body().clone();
        String hidden = PageText.normalised(document.select("noscript").text());
        body.select("script, style, noscript, template").remove();
        String text = PageText.normalised(body.text());
        int letters = text.length();
        Matcher wall = WALL.matcher(letters < MIN_BESIDE_NOSCRIPT ? text + " " + hidden : text);
        boolean walled = wall.find();
        if (signIn) {
            throw new SourceException("the page leads to a sign-in form: it cannot be watched, from " + place);
        }
        if (letters < MIN_TEXT || (walled && letters < MIN_BESIDE_A_WALL)) {
            throw new SourceException("a page of almost no text (" + letters + " characters"
                    + (walled ? ", and '" + wall.group().toLowerCase(Locale.ROOT) + "'" : "")
                    + "): it is made by JavaScript or stands behind a consent or robot check, from " + place
                    + "; is there a plain form of it, a feed or an API?");
        }
    }

    /** Returns which elements are read: as the settings say, or as before, or the main part of the page. */
    List<String> selectors(List<String> configured, List<String> before) {
        if (!configured.isEmpty()) {
            return configured;
        }
        return !before.isEmpty() && MAIN.containsAll(before)
                ? before
                : MAIN.stream()
                        .filter(one -> document.selectFirst(one) != null)
                        .limit(1)
                        .toList();
    }

    /**
     * Returns the elements that selectors name, without what is passed over, none within another.
     *
     * @throws SourceException if a selector matches nothing, or nothing with text in it
     */
    List<Element> roots(List<String> selectors, List<String> ignore) throws SourceException {
        List<Element> all = new ArrayList<>();
        for (String selector : selectors) {
            Elements matched = document.select(selector);
            if (matched.isEmpty()) {
                throw new SourceException("the page's layout changed: selector '" + selector + "' matches nothing at "
                        + place + "; nothing is taken for removed");
            }
            all.addAll(matched);
        }
        List<Element> outer = all.stream()
                .distinct()
                .filter(one -> one.parents().stream().noneMatch(all::contains))
                .toList();
        for (Element root : outer) {
            remove(root, BOILERPLATE);
            ignore.forEach(selector -> remove(root, selector));
        }
        if (outer.stream().allMatch(root -> PageText.normalised(root.text()).isEmpty())) {
            throw new SourceException("the page's layout changed: what " + String.join(", ", selectors)
                    + " matches has no text at " + place + "; nothing is taken for removed");
        }
        return outer;
    }

    private static void remove(Element root, String selector) {
        for (Element one : root.select(selector)) {
            // What was asked for is read, whatever it is.
            if (one != root) {
                one.remove();
            }
        }
    }

    /** Returns when the page was changed last, as it says itself, or null. */
    @Nullable
    String modified() {
        Element meta = document.selectFirst(
                "meta[property=article:modified_time][content], meta[itemprop=dateModified][content]");
        return meta == null ? null : meta.attr("content");
    }
}
