package io.modelwatch.producers.source.disclosure;

import io.modelwatch.producers.http.FetchException;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.intake.Batch;
import io.modelwatch.producers.intake.IntakeParser;
import io.modelwatch.producers.intake.LineError;
import io.modelwatch.producers.source.DisclosureSource;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.schemas.avro.Disclosure;
import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A vendor's file of disclosures: a JSON list of them, bare or as {@code disclosures}, in the form that {@code disclose}
 * reads. Who speaks, who read it and when it was seen are said by us; ids get the source's name in front, so that no vendor
 * takes the place of what another said.
 */
public final class DisclosureFileSource implements DisclosureSource {

    /** What is kept of each to recognise it must fit into one record. */
    private static final int MAX_DISCLOSURES = 2000;

    private final String name;
    private final DisclosureFileConfig config;
    private final HttpFetcher http;
    private final InstantSource clock;

    /**
     * @param name of the source
     * @param http what it reads with
     * @param clock says when it is read
     */
    public DisclosureFileSource(String name, DisclosureFileConfig config, HttpFetcher http, InstantSource clock) {
        this.name = name;
        this.config = config;
        this.http = http;
        this.clock = clock;
    }

    @Override
    public Announced read() throws SourceException, InterruptedException {
        URI uri = URI.create(config.url());
        String token = config.token().read(System::getenv);
        Json.Document document;
        try {
            document = Json.get(http, uri, token == null ? Map.of() : Map.of("Authorization", "Bearer " + token));
        } catch (SourceException e) {
            throw config.token().explain(e, token != null);
        }
        JsonNode list =
                document.root().isArray() ? document.root() : document.root().path("disclosures");
        if (!list.isArray()) {
            throw new SourceException(
                    "no list of disclosures, bare or as 'disclosures', in the JSON from " + FetchException.place(uri));
        }
        if (list.size() > MAX_DISCLOSURES) {
            throw new SourceException(
                    "more than " + MAX_DISCLOSURES + " disclosures from " + FetchException.place(uri));
        }
        return announced(list, document);
    }

    private Announced announced(JsonNode list, Json.Document document) {
        List<Disclosure> disclosures = new ArrayList<>();
        int left = 0;
        @Nullable String why = null;
        Instant now = Instant.ofEpochMilli(clock.millis());
        for (int i = 0; i < list.size(); i++) {
            JsonNode one = list.get(i);
            Batch<Disclosure> read =
                    IntakeParser.disclosure(one.isObject() ? ours(one.asObject(), now) : one, i + 1, clock);
            for (Disclosure disclosure : read.accepted()) {
                disclosures.add(Disclosure.newBuilder(disclosure)
                        .setEvidence(document.evidence())
                        .build());
            }
            if (!read.errors().isEmpty()) {
                left++;
                why = why == null ? words(read.errors().getFirst()) : why;
            }
        }
        return new Announced(
                disclosures, left == 0 ? null : left + " of " + list.size() + " disclosures left out: " + why);
    }

    private static String words(LineError error) {
        return "the " + error.line() + ". " + (error.field().isEmpty() ? "" : error.field() + " ") + error.message();
    }

    private ObjectNode ours(ObjectNode said, Instant now) {
        ObjectNode ours = said.deepCopy();
        ours.put("vendor", config.vendor());
        ours.put("source", name);
        ours.put("observedAt", now.toString());
        if (said.path("id").isString()) {
            ours.put("id", name + ":" + said.path("id").stringValue());
        }
        return ours;
    }
}
