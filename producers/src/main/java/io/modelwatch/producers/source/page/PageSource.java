package io.modelwatch.producers.source.page;

import io.modelwatch.producers.alias.Mention;
import io.modelwatch.producers.alias.Mentions;
import io.modelwatch.producers.http.EvidenceUrl;
import io.modelwatch.producers.http.FetchException;
import io.modelwatch.producers.http.Fetched;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.AnnouncingSource;
import io.modelwatch.producers.source.DeploymentReading;
import io.modelwatch.producers.source.IncrementalSource;
import io.modelwatch.producers.source.Pages;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.producers.source.page.PageMemory.Named;
import io.modelwatch.schemas.AvroTrust;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.DisclosedModel;
import io.modelwatch.schemas.avro.Disclosure;
import io.modelwatch.schemas.avro.Evidence;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A vendor's page about its subprocessors, its models or what it changed. Each section is an attribute of the deployments that the
 * page speaks of; what it names of providers and models is told beside them, with the sentence, as inferred: that a page names
 * a model is no proof that it runs. A model named is an announcement by the vendor.
 */
public final class PageSource implements IncrementalSource, AnnouncingSource {

    static {
        AvroTrust.establish();
    }

    private static final String ACCEPT = "text/html, application/xhtml+xml";

    /** Of the sentences in which new names stand, as evidence; each claim of a bill repeats it, and a bill is one record. */
    private static final int MAX_BASIS = 300;

    private static final int MAX_NAME = 80;

    /** Names that are told of and announced; a page of more is a catalogue, for which there are other sources. */
    private static final int MAX_MENTIONS = 60;

    /** Bytes of what is remembered of a page: it is one record, of at most 1 MiB, in which quotes count twice. */
    private static final int MAX_MARK = 800_000;

    private static final int EXAMPLES = 3;

    private final String name;
    private final PageConfig config;
    private final HttpFetcher http;
    private final InstantSource clock;
    private final Mentions mentions;
    private List<Disclosure> announced = List.of();

    /**
     * @param name of the source
     * @param http what it reads with
     * @param clock says when it is read
     */
    public PageSource(String name, PageConfig config, HttpFetcher http, InstantSource clock) {
        this.name = name;
        this.config = config;
        this.http = http;
        this.clock = clock;
        this.mentions = Mentions.shippedAnd(config.models());
    }

    @Override
    public List<String> scopes() {
        return List.of("");
    }

    @Override
    public Pass pass(String scope, @Nullable String mark, Pages pages) throws SourceException, InterruptedException {
        announced = List.of();
        URI uri = URI.create(config.url());
        Fetched fetched;
        try {
            fetched = http.getText(uri, Map.of("Accept-Language", config.language()), ACCEPT);
        } catch (FetchException e) {
            throw new SourceException(String.valueOf(e.getMessage()), e);
        }
        Instant now = Instant.ofEpochMilli(clock.millis());
        PageDocument document = PageDocument.of(uri, fetched);
        PageMemory memory = PageMemory.of(mark, config.confirm());
        List<String> selectors = document.selectors(config.select(), memory.selectors());
        Map<String, Section> sections = PageSections.of(document.roots(selectors, config.ignore()), config, mentions);
        if (sections.isEmpty()) {
            throw new SourceException("ignore and ignorePatterns leave nothing of the page at "
                    + FetchException.place(uri) + "; nothing is taken for removed");
        }
        List<Named> news = memory.take(sections, selectors, time(document, fetched, memory.read(), now), now);
        String after = memory.mark();
        if (after.getBytes(StandardCharsets.UTF_8).length > MAX_MARK) {
            throw new SourceException(
                    "the page has more text and names than can be remembered: name the part that matters"
                            + " in select; nothing is taken for removed");
        }
        Evidence evidence = evidence(fetched, news);
        List<Named> named =
                memory.mentions().values().stream().limit(MAX_MENTIONS).toList();
        Map<String, Object> attributes = attributes(memory, named);
        pages.page(
                config.deployments().stream()
                        .map(deployment -> reading(deployment, attributes, evidence))
                        .toList(),
                null);
        announced = announced(named, fetched, now);
        return new Pass(left(memory), true, after);
    }

    @Override
    public List<Disclosure> announced() {
        return announced;
    }

    private static @Nullable String left(PageMemory memory) {
        List<String> alternating = memory.alternating();
        if (alternating.isEmpty()) {
            return memory.mentions().size() > MAX_MENTIONS
                    ? "the page names " + memory.mentions().size() + " providers and models: told are " + MAX_MENTIONS
                    : null;
        }
        return alternating.size()
                + " sections go back and forth and are held as they were told (two variants of the page? name"
                + " what differs in ignore): "
                + alternating.stream().limit(EXAMPLES).collect(Collectors.joining(", "));
    }

    /** The page's own word of when it was changed, as far as it can be true: between the last reading and now. */
    private static Instant time(PageDocument document, Fetched fetched, @Nullable Instant lastRead, Instant now) {
        Instant said = iso(document.modified());
        Instant at = said != null
                ? said
                : http(fetched.headers().firstValue("Last-Modified").orElse(null));
        if (at == null || at.isAfter(now)) {
            return now;
        }
        return lastRead != null && at.isBefore(lastRead) ? lastRead : at;
    }

    private static @Nullable Instant iso(@Nullable String text) {
        try {
            return text == null ? null : OffsetDateTime.parse(text.strip()).toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static @Nullable Instant http(@Nullable String text) {
        try {
            return text == null
                    ? null
                    : ZonedDateTime.parse(text.strip(), DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }

    private Map<String, Object> attributes(PageMemory memory, List<Named> named) {
        Map<String, Object> attributes = new HashMap<>();
        memory.told().forEach(section -> attributes.put("page." + name + "." + section.key(), section.text()));
        named.forEach(one -> attributes.put(
                "mention." + name + "." + PageText.key(one.mention().id().replaceFirst("^pkg:generic/", ""), MAX_NAME),
                one.mention().sentence()));
        if (!named.isEmpty()) {
            attributes.put(
                    "mentions." + name,
                    named.stream().map(one -> one.mention().id()).toList());
        }
        return attributes;
    }

    private DeploymentReading reading(String deployment, Map<String, Object> attributes, Evidence evidence) {
        DeploymentFacts facts = DeploymentFacts.newBuilder()
                .setId(deployment)
                .setVendor(config.vendor())
                .setAttributes(attributes)
                .build();
        return new DeploymentReading(facts, null, evidence, Confidence.INFERRED);
    }

    private static Evidence evidence(Fetched fetched, List<Named> news) {
        String basis = news.stream()
                .map(one -> one.mention().words() + ": \"" + one.mention().sentence() + "\"")
                .collect(Collectors.joining("; "));
        return Evidence.newBuilder()
                .setUrl(EvidenceUrl.of(fetched.uri()))
                .setSha256(fetched.sha256())
                .setMethod("page")
                .setBasis(basis.isEmpty() ? null : Mentions.shortened(basis, MAX_BASIS))
                .build();
    }

    /** Said once a model and deployment: what was announced first stays so, whatever the page says of its time later. */
    private List<Disclosure> announced(List<Named> told, Fetched fetched, Instant now) {
        List<Disclosure> all = new ArrayList<>();
        if (!config.announcements()) {
            return all;
        }
        for (Named named : told) {
            Mention mention = named.mention();
            if (mention.kind() != Mention.Kind.MODEL || !mention.id().startsWith("pkg:") || mention.denied()) {
                continue;
            }
            for (String deployment : config.deployments()) {
                String id = name + ":" + deployment + ":" + mention.id();
                all.add(Disclosure.newBuilder()
                        .setId(id)
                        .setVendor(config.vendor())
                        .setDeployment(deployment)
                        .setAnnouncedAt(named.since())
                        .setObservedAt(now)
                        .setSource(name)
                        .setModels(List.of(new DisclosedModel(mention.id(), null)))
                        .setEvidence(evidence(fetched, List.of(named)))
                        .setCorrelationId(Ids.digest("disclosure-page", id, config.vendor()))
                        .build());
            }
        }
        return all;
    }
}
