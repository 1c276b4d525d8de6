package io.modelwatch.bench.telemetry;

import io.modelwatch.producers.telemetry.SpanBatch;
import io.modelwatch.schemas.avro.Traffic;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/**
 * Traffic of deployments that each call some models, as the reader of spans makes it of exports.
 *
 * @param spans in all
 * @param deployments that send them
 * @param routes of each deployment
 * @param perRecord spans of one route in one export, which are one record
 * @param seed of the order
 */
record SpanLoad(long spans, int deployments, int routes, int perRecord, long seed) {

    private static final Instant BEGIN = Instant.parse("2026-03-01T00:00:00Z");

    /** Records that are published at once. */
    private static final int PAGE = 5_000;

    SpanLoad {
        if (deployments < 1 || routes < 1 || perRecord < 1 || spans < (long) deployments * routes * perRecord) {
            throw new IllegalArgumentException(
                    "--spans " + spans + ": there must be one record a route and deployment at least");
        }
    }

    long records() {
        return spans / perRecord;
    }

    long totalRoutes() {
        return (long) deployments * routes;
    }

    /** Makes the load, page by page; each route is seen at least once, and all within an hour. */
    void generate(Consumer<List<Traffic>> taker) {
        Random random = new Random(seed);
        List<Traffic> page = new ArrayList<>(PAGE);
        for (long i = 0; i < records(); i++) {
            int route = (int) (i < totalRoutes() ? i : random.nextLong(totalRoutes()));
            page.add(one(route / routes, route % routes, BEGIN.plusMillis(i * 3_600_000 / records()), random));
            if (page.size() == PAGE) {
                taker.accept(page);
                page = new ArrayList<>(PAGE);
            }
        }
        taker.accept(page);
    }

    private Traffic one(int deployment, int route, Instant at, Random random) {
        String model = "model-" + route;
        return Traffic.newBuilder()
                .setDeployment("service-" + deployment)
                .setProvider("openai")
                .setRequested(model)
                .setModel("pkg:generic/openai/" + model)
                .setModelRule("unresolved")
                .setServed(model + "-2026-01-15")
                .setServedModel("pkg:generic/openai/" + model)
                .setServedRule("unresolved")
                .setOperation("chat")
                .setFingerprints(List.of("fp_" + random.nextInt(4)))
                .setSpans(perRecord)
                .setFirstAt(at)
                .setLastAt(at)
                .build();
    }

    /** Returns how many of some spans a batch took in. */
    static long taken(SpanBatch batch) {
        return batch.traffic().stream().mapToLong(Traffic::getSpans).sum();
    }
}
