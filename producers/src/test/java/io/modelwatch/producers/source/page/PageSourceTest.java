package io.modelwatch.producers.source.page;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.DeploymentReading;
import io.modelwatch.producers.source.IncrementalSource.Pass;
import io.modelwatch.producers.source.ScriptedServer;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.Disclosure;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pages over real HTTP: in the form that such pages have, and in each way in which they fail. */
class PageSourceTest {

    private static final String PAGE = "/subprocessors";
    private static final int MAX_BODY = ScriptedServer.MAX_BODY;

    private final WireMockServer server = new WireMockServer(options().dynamicPort());
    private final HttpFetcher http = ScriptedServer.fetcher();
    private Instant now = Instant.parse("2026-02-01T00:00:00Z");
    private String mark;
    private Map<String, Object> told = Map.of();
    private DeploymentReading reading;
    private List<Disclosure> announced = List.of();

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
    void tellsSectionsAndWhatTheyNameAndNothingOfTheFrame() throws Exception {
        serve(page("subprocessors.html"), "Last-Modified", "Mon, 12 Jan 2026 09:00:00 GMT");
        Pass pass = poll(Map.of());
        assertThat(pass.left()).isNull();
        assertThat(pass.whole()).isTrue();
        assertThat(reading.subject()).isEqualTo("support-copilot");
        assertThat(reading.confidence()).isEqualTo(Confidence.INFERRED);
        // A page that names a model is no proof that it runs: the bill gets no component of it.
        assertThat(reading.facts().getModels()).isEmpty();
        assertThat(reading.facts().getHosting()).isEmpty();
        assertThat(told)
                .containsEntry(
                        "page.acme-page.acme-subprocessors/infrastructure/amazon-web-services-inc",
                        "Amazon Web Services, Inc. | Hosting | Ireland")
                .containsEntry(
                        "page.acme-page.acme-subprocessors/ai-features/microsoft-corporation",
                        "Microsoft Corporation | Azure OpenAI Service: answers of the support assistant with GPT-4o | Netherlands")
                .containsEntry(
                        "page.acme-page.acme-subprocessors/ai-features/zero-retention-is-set", "Zero retention is set.")
                .containsEntry(
                        "page.acme-page.acme-subprocessors/acme-engages-the-following-subprocessors-customers",
                        "Acme engages the following subprocessors. Customers are told 30 days before a change.")
                .containsEntry(
                        "mentions.acme-page",
                        List.of(
                                "pkg:generic/anthropic/claude-sonnet-4-5",
                                "pkg:generic/openai/gpt-4o",
                                "provider:azure"))
                .containsEntry(
                        "mention.acme-page.openai-gpt-4o",
                        "Microsoft Corporation | Azure OpenAI Service: answers of the support assistant with GPT-4o | Netherlands");
        assertThat(told.toString())
                .doesNotContain("dataLayer", "cookies", "Opus", "© Acme", "GmbH | Image storage | Germany]");
        assertThat(reading.evidence().getMethod()).isEqualTo("page");
        assertThat(reading.evidence().getBasis()).contains("GPT-4o: \"Microsoft Corporation |");
        // Of what a sentence denies nothing was announced.
        assertThat(announced).singleElement().satisfies(one -> {
            assertThat(one.getVendor()).isEqualTo("acme");
            assertThat(one.getDeployment()).isEqualTo("support-copilot");
            assertThat(one.getModels())
                    .singleElement()
                    .satisfies(model -> assertThat(model.getId()).isEqualTo("pkg:generic/openai/gpt-4o"));
            assertThat(one.getAnnouncedAt()).isEqualTo(Instant.parse("2026-01-12T09:00:00Z"));
            assertThat(one.getObservedAt()).isEqualTo(Instant.parse("2026-02-01T00:00:00Z"));
        });
    }

    @Test
    void onlyTheSectionThatChangedDiffersAndOnlyOnceItIsConfirmed() throws Exception {
        String before = page("subprocessors.html");
        String after = before.replace("r4nd0m1", "r4nd0m2")
                .replace("January&nbsp;12, 2026", "February 3, 2026")
                .replace("Ireland", "Ireland ")
                .replace(
                        "<tr><td>Gemini Trust",
                        "<tr><td>OpenAI, L.L.C.</td><td>Large language model inference</td><td>United States</td></tr><tr><td>Gemini Trust");
        Map<String, Object> ignore = Map.of("ignorePatterns", List.of("last updated: \\w+ \\d+, \\d{4}"));
        serve(before);
        poll(ignore);
        Map<String, Object> first = told;
        Disclosure announcedFirst = announced.getFirst();
        serve(after);
        Instant firstSeen = now;
        poll(ignore);
        assertThat(told).as("one reading may be a variant").isEqualTo(first);
        poll(ignore);
        Map<String, Object> differs = new TreeMap<>(told);
        differs.entrySet().removeAll(first.entrySet());
        assertThat(differs)
                .containsOnlyKeys(
                        "page.acme-page.acme-subprocessors/ai-features/openai-l-l-c",
                        "mention.acme-page.provider-openai",
                        "mention.acme-page.practice-llm",
                        "mentions.acme-page");
        assertThat(differs)
                .containsEntry(
                        "mention.acme-page.provider-openai",
                        "OpenAI, L.L.C. | Large language model inference | United States");
        assertThat(reading.evidence().getBasis())
                .contains("OpenAI: \"OpenAI, L.L.C. | Large language model inference | United States\"")
                .doesNotContain("Netherlands");
        // What was announced stays as it was said first.
        assertThat(announced).singleElement().satisfies(one -> {
            assertThat(one.getCorrelationId()).isEqualTo(announcedFirst.getCorrelationId());
            assertThat(one.getAnnouncedAt()).isBefore(firstSeen);
        });
    }

    @Test
    void aPageThatAlternatesIsHeldAndSaidSo() throws Exception {
        String one = page("subprocessors.html");
        String other = one.replace("Image storage", "Storage of images");
        serve(one);
        poll(Map.of());
        Map<String, Object> first = told;
        String left = null;
        for (int i = 0; i < 40; i++) {
            // One after the other, then at random with runs of two: 20261126 is the seed.
            boolean second = i < 10 ? i % 2 == 0 : new java.util.Random(20261126L + i).nextInt(3) > 0 && i % 5 != 0;
            serve(second ? other : one);
            String said = poll(Map.of()).left();
            left = said == null ? left : said;
            assertThat(told).as("poll " + i).isEqualTo(first);
        }
        assertThat(left).contains("1 sections go back and forth").contains("claude-monet-gmbh");
        serve(other);
        for (int i = 0; i < 13; i++) {
            poll(Map.of());
        }
        assertThat(told)
                .containsEntry(
                        "page.acme-page.acme-subprocessors/infrastructure/claude-monet-gmbh",
                        "Claude Monet GmbH | Storage of images | Germany");
    }

    @Test
    void anotherLanguageAnotherCharsetAndUnclosedTagsAreRead() throws Exception {
        byte[] body;
        try (InputStream in = PageSourceTest.class.getResourceAsStream("/pages/changelog.html")) {
            body = in.readAllBytes();
        }
        server.stubFor(get(urlPathEqualTo(PAGE))
                .willReturn(aResponse().withHeader("Content-Type", "text/html").withBody(body)));
        poll(Map.of("language", "de"));
        assertThat(told)
                .containsEntry("page.acme-page.neuigkeiten/februar-2026/ort", "Ort | Köln")
                .containsEntry(
                        "page.acme-page.neuigkeiten/februar-2026/textvorschläge-kommen-jetzt-von-mistral-large",
                        "Textvorschläge kommen jetzt von Mistral Large 2. Sie stehen allen zur Verfügung.")
                .containsEntry(
                        "mentions.acme-page",
                        List.of(
                                "pkg:generic/meta/llama-3.1-70b-instruct",
                                "pkg:generic/mistral/mistral-large-2",
                                "pkg:generic/openai/gpt-4-turbo"));
        assertThat(announced)
                .extracting(disclosed -> disclosed.getModels().getFirst().getId())
                .containsExactly("pkg:generic/meta/llama-3.1-70b-instruct", "pkg:generic/mistral/mistral-large-2");
        server.verify(getRequestedFor(urlPathEqualTo(PAGE)).withHeader("Accept-Language", equalTo("de")));
    }

    @Test
    void whatIsUnchangedIsAskedForConditionally() throws Exception {
        server.stubFor(get(urlPathEqualTo(PAGE))
                .willReturn(html(page("subprocessors.html")).withHeader("ETag", "\"v1\"")));
        poll(Map.of());
        Map<String, Object> first = told;
        server.stubFor(get(urlPathEqualTo(PAGE))
                .withHeader("If-None-Match", equalTo("\"v1\""))
                .willReturn(aResponse().withStatus(304)));
        assertThat(poll(Map.of()).left()).isNull();
        assertThat(told).isEqualTo(first);
    }

    @Test
    void selectorsSayWhatIsReadAndOneThatMatchesNothingIsNoRemoval() throws Exception {
        String before = page("subprocessors.html");
        Map<String, Object> select = Map.of("select", List.of("main table", "ul"), "ignore", List.of("thead"));
        serve(before);
        poll(select);
        assertThat(told.keySet())
                .filteredOn(key -> key.startsWith("page."))
                .hasSize(7)
                .noneMatch(key -> key.contains("engages"));
        serve(before.replace("<table", "<div").replace("</table", "</div"));
        assertThatThrownBy(() -> poll(select))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("the page's layout changed: selector 'main table' matches nothing at")
                .hasMessageContaining("nothing is taken for removed");
        // Where nothing is selected, the part that was read before must be there still.
        mark = null;
        serve(before);
        poll(Map.of());
        serve(before.replace("<main>", "<div>").replace("</main>", "</div>"));
        assertThatThrownBy(() -> poll(Map.of())).hasMessageContaining("selector 'main' matches nothing");
        serve(before.replaceFirst(
                "(?s)<main>.*</main>",
                "<main><div id=app></div></main><p>" + "Acme is a company that has been there for a long time."));
        assertThatThrownBy(() -> poll(Map.of())).hasMessageContaining("has no text");
        serve("<main>" + "<p>A paragraph of its own, and another.</p>".repeat(PageSections.MAX_SECTIONS + 5)
                + "</main>");
        assertThatThrownBy(() -> poll(Map.of())).hasMessageContaining("name the part that matters in select");
    }

    @Test
    void aNameThatComesAgainAndAgainIsRememberedOnceASection() throws Exception {
        String often = "We do not use GPT-4o here. We use GPT-4o there. ".repeat(50);
        serve("<main>"
                + IntStream.range(0, PageSections.MAX_SECTIONS)
                        .mapToObj(i -> "<p>Part " + i + " of the page. " + often + "</p>")
                        .collect(Collectors.joining())
                + "</main>");
        poll(Map.of());
        assertThat(told).containsEntry("mention.acme-page.openai-gpt-4o", "We use GPT-4o there.");
        assertThat(announced).hasSize(1);
        assertThat(mark.length()).as("it is one record").isLessThan(200_000);
    }

    @Test
    void aPageOfMoreThanOneRecordHoldsIsAnErrorAndNothingIsRemoved() throws Exception {
        String names =
                IntStream.range(0, 100).mapToObj(i -> "GPT-4." + i + " is it.").collect(Collectors.joining(" "));
        serve("<main>"
                + IntStream.range(0, PageSections.MAX_SECTIONS)
                        .mapToObj(i -> "<p>Part " + i + " of the page. " + names + "</p>")
                        .collect(Collectors.joining())
                + "</main>");
        assertThatThrownBy(() -> poll(Map.of("models", models(100))))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("name the part that matters in select");
        assertThat(mark).isNull();
    }

    @Test
    void ofACatalogueTheFirstNamesAreToldAndNoOthersAnnounced() throws Exception {
        serve("<main>"
                + IntStream.range(0, 70)
                        .mapToObj(i -> "<p>Here GPT-4." + i + " is used.</p>")
                        .collect(Collectors.joining())
                + "</main>");
        assertThat(poll(Map.of("models", models(70))).left()).contains("names 70 providers and models: told are 60");
        assertThat(announced)
                .extracting(one -> one.getModels().getFirst().getId())
                .isEqualTo(told.get("mentions.acme-page"))
                .hasSize(60);
    }

    private static Map<String, Object> models(int count) {
        return IntStream.range(0, count)
                .boxed()
                .collect(Collectors.toMap(i -> "GPT-4." + i, i -> "pkg:generic/test/m" + i));
    }

    @Test
    void noFailureIsReadAsAPageAndEachIsToldInWords() throws Exception {
        Map<String, ResponseDefinitionBuilder> failures = new LinkedHashMap<>();
        for (int status : List.of(400, 401, 403, 404, 408, 410, 429, 500, 502, 503)) {
            failures.put(String.valueOf(status), aResponse().withStatus(status).withBody("<html>no</html>"));
        }
        failures.put("no answer", aResponse().withFault(Fault.RANDOM_DATA_THEN_CLOSE));
        failures.put("more than 5 redirects", aResponse().withStatus(302).withHeader("Location", PAGE + "?again=1"));
        failures.put(
                "a redirect to another host",
                aResponse().withStatus(302).withHeader("Location", "http://example.com/"));
        failures.put("more than " + MAX_BODY, html("<p>" + "x".repeat(MAX_BODY) + "</p>"));
        failures.put(
                "content type application/pdf",
                aResponse().withHeader("Content-Type", "application/pdf").withBody("%PDF"));
        failures.put("almost no text (0 characters)", html(""));
        failures.put(
                "and 'enable javascript'",
                html("<noscript>You need to enable JavaScript to run this app.</noscript><div id=root></div>"));
        failures.put(
                "and 'just a moment'",
                html(
                        "<title>Acme</title><body><h1>Just a moment...</h1><p>We have to look at your browser before you go on."));
        failures.put(
                "and 'before you continue'",
                html("<main><h1>Before you continue to Acme</h1><p>We and our 874 partners use cookies.</p></main>"));
        // The last, since the host is left alone from then on.
        failures.put("not to be asked again before", aResponse().withStatus(429).withHeader("Retry-After", "3600"));
        serve(page("subprocessors.html"));
        poll(Map.of());
        String known = mark;
        for (Map.Entry<String, ResponseDefinitionBuilder> failure : failures.entrySet()) {
            server.resetAll();
            server.stubFor(any(anyUrl()).willReturn(failure.getValue()));
            Throwable thrown = catchThrowable(() -> poll(Map.of()));
            assertThat(thrown)
                    .as(failure.getKey())
                    .isInstanceOf(SourceException.class)
                    .hasMessageContaining(failure.getKey());
            assertThat(mark).isEqualTo(known);
        }
    }

    @Test
    void aBodyThatIsCutIsNoPage() throws Exception {
        server.stubFor(get(urlPathEqualTo(PAGE)).willReturn(aResponse().withFault(Fault.MALFORMED_RESPONSE_CHUNK)));
        assertThatThrownBy(() -> poll(Map.of()))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("no answer");
    }

    @Test
    void settingsThatAreWrongAreSaid() {
        assertThatThrownBy(() -> config(Map.of("select", List.of("table["))))
                .hasMessageContaining("select: no CSS selector: 'table['");
        assertThatThrownBy(() -> config(Map.of("ignorePatterns", List.of("("))))
                .hasMessageContaining("ignorePatterns: no regular expression");
        assertThatThrownBy(() -> config(Map.of("deployments", List.of()))).hasMessageContaining("deployments: 1 to 50");
        assertThatThrownBy(() -> config(Map.of("models", Map.of("GPT-4o", "gpt-4o"))))
                .hasMessageContaining("must stand for a package URL");
    }

    private Pass poll(Map<String, Object> more) throws Exception {
        PageSource source = new PageSource("acme-page", config(more), http, () -> now);
        Pass pass = source.pass("", mark, (page, next) -> {
            assertThat(page).hasSize(1);
            reading = (DeploymentReading) page.getFirst();
            told = new TreeMap<>(reading.facts().getAttributes());
        });
        announced = source.announced();
        mark = pass.mark();
        now = now.plusSeconds(3600);
        return pass;
    }

    private PageConfig config(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(Map.of(
                "url",
                "http://127.0.0.1:" + (server.isRunning() ? server.port() : 1) + PAGE,
                "vendor",
                "acme",
                "deployments",
                List.of("support-copilot")));
        settings.putAll(more);
        return PageConfig.of(new Settings("test", settings, PageConfig.KEYS));
    }

    private void serve(String body, String... header) {
        ResponseDefinitionBuilder answer = html(body);
        if (header.length > 0) {
            answer.withHeader(header[0], header[1]);
        }
        server.stubFor(get(urlPathEqualTo(PAGE)).willReturn(answer));
    }

    private static ResponseDefinitionBuilder html(String body) {
        return aResponse()
                .withHeader("Content-Type", "text/html; charset=utf-8")
                .withBody(body);
    }

    private static String page(String name) throws Exception {
        try (InputStream in = PageSourceTest.class.getResourceAsStream("/pages/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
