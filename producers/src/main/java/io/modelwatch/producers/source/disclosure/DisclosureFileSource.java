package io.modelwatch.producers.source.disclosure;

import io.modelwatch.producers.http.FetchException;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.intake.Batch;
import io.modelwatch.producers.intake.IntakeParser;
import io.modelwatch.producers.intake.LineError;
import io.modelwatch.producers.intake.VendorBill;
import io.modelwatch.producers.source.DisclosureSource;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.Disclosure;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
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
 * reads, or a bill (CycloneDX, SPDX), which is one disclosure. Who speaks, who read it and when it was seen are said by us; ids get the source's name in front, so that no vendor
 * takes the place of what another said.
 */
public final class DisclosureFileSource implements DisclosureSource {

    /** Characters by which a bill is told from a list. */
    private static final int BEGINNING = 4096;

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
        Map<String, String> headers = config.token().authorization(null);
        Json.Document document;
        try {
            document = Json.get(http, uri, headers);
        } catch (SourceException e) {
            throw config.token().explain(e, !headers.isEmpty());
        }
        byte[] body = document.fetched().body();
        if (VendorBill.looksLike(new String(body, 0, Math.min(BEGINNING, body.length), StandardCharsets.UTF_8))) {
            return bill(document);
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

    /** A bill has no time of announcement: what it says is new when the file is another one. */
    private Announced bill(Json.Document document) throws SourceException {
        VendorBill bill;
        try {
            bill = VendorBill.read(new ByteArrayInputStream(document.fetched().body()));
        } catch (VendorBill.UnreadableException | IOException e) {
            throw new SourceException(
                    e.getMessage() + ", from "
                            + FetchException.place(document.fetched().uri()),
                    e);
        }
        Instant now = Instant.ofEpochMilli(clock.millis());
        Batch<Disclosure> read =
                IntakeParser.disclosure(ours(bill.disclosure(config.vendor(), null, now, null), now), 1, clock);
        if (!read.errors().isEmpty()) {
            throw new SourceException(
                    "a bill that makes no disclosure: " + words(read.errors().getFirst()));
        }
        return new Announced(
                read.accepted().stream()
                        .map(one -> Disclosure.newBuilder(one)
                                .setEvidence(document.evidence())
                                .setCorrelationId(Ids.digest("disclosure-bill", one.getId(), bill.sha256()))
                                .build())
                        .toList(),
                null);
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
