package io.modelwatch.producers.telemetry;

import io.modelwatch.producers.alias.Aliases;
import io.modelwatch.producers.alias.Aliases.Resolution;
import io.modelwatch.schemas.ModelNames;
import io.modelwatch.schemas.avro.Hosting;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What one span says of a route. Names of attributes are those of OpenTelemetry's semantic conventions for generative AI, the
 * older ones too.
 */
final class RouteReader {

    private static final List<String> PROVIDER = List.of("gen_ai.provider.name", "gen_ai.system");
    private static final List<String> FINGERPRINT =
            List.of("openai.response.system_fingerprint", "gen_ai.openai.response.system_fingerprint");
    private static final List<String> ADDRESS = List.of("server.address", "net.peer.name");
    private static final String REQUESTED = "gen_ai.request.model";
    private static final String SERVED = "gen_ai.response.model";
    private static final String OPERATION = "gen_ai.operation.name";

    /** What SDKs call a service that nobody named. */
    private static final String UNNAMED = "unknown_service";

    /** As for ids that are pushed. */
    private static final int MAX_DEPLOYMENT = 200;

    private static final int MAX_WORD = 100;
    private static final int MAX_ADDRESS = 253;

    private final TelemetryConfig config;
    private final Aliases aliases;
    private final Providers providers = Providers.shipped();

    RouteReader(TelemetryConfig config) {
        this.config = config;
        this.aliases = config.aliases();
    }

    /** What a span says of who was asked for what, and who answered: the same in most spans of an export. */
    record Words(
            @Nullable String provider,
            @Nullable String address,
            @Nullable String region,
            @Nullable String requested,
            @Nullable String served) {}

    /** What these words mean. */
    record Answer(
            @Nullable String vendor,
            @Nullable Resolution model,
            @Nullable Resolution servedModel,
            @Nullable Hosting place) {}

    /** What spans of one kind say: equal for all of them. */
    record Route(
            String deployment,
            @Nullable String provider,
            @Nullable String requested,
            Resolution model,
            @Nullable String served,
            @Nullable Resolution servedModel,
            @Nullable String operation,
            @Nullable Hosting place,
            boolean fallback) {}

    /** Reads a span into a batch; one that calls no model is passed over. */
    void read(Span span, Attributes resource, BatchBuilder batch) {
        Attributes own = new Attributes(span.getAttributesList());
        String requested = own.text(REQUESTED);
        String served = own.text(SERVED);
        boolean failed = served == null && span.getStatus().getCode() == Status.StatusCode.STATUS_CODE_ERROR;
        if ((requested == null && served == null) || failed) {
            // What failed was answered by no model.
            return;
        }
        String deployment = own.first(config.deploymentAttributes());
        if (deployment == null) {
            deployment = resource.first(config.deploymentAttributes());
        }
        String refusal = refusal(deployment, requested, served);
        if (refusal != null) {
            batch.reject(refusal);
            return;
        }
        if (deployment == null || !config.takes(deployment)) {
            return;
        }
        Words words = new Words(
                bounded(own.first(PROVIDER), MAX_WORD),
                bounded(own.first(ADDRESS), MAX_ADDRESS),
                bounded(own.first(config.regionAttributes()), MAX_WORD),
                requested,
                served);
        Answer answer = batch.meaning(words, this::meaning);
        if (answer.model() == null || (served != null && answer.servedModel() == null)) {
            batch.reject((answer.model() == null ? REQUESTED : SERVED) + " cannot be the name of a model");
            return;
        }
        Route route = new Route(
                deployment,
                answer.vendor(),
                requested,
                answer.model(),
                served,
                answer.servedModel(),
                bounded(own.text(OPERATION), MAX_WORD),
                answer.place(),
                Stream.of(own, resource)
                        .anyMatch(all -> config.fallbackAttributes().stream().anyMatch(all::affirms)));
        batch.add(route, bounded(own.first(FINGERPRINT), MAX_WORD), at(span));
    }

    private Answer meaning(Words words) {
        String vendor = providers.vendor(words.provider(), words.address());
        String requested = words.requested();
        String served = words.served();
        String asked = requested != null ? requested : served;
        Resolution model = asked == null ? null : aliases.of(vendor, asked);
        Resolution servedModel = served == null || model == null ? null : servedModel(vendor, requested, model, served);
        Hosting place = providers.place(words.provider(), words.address(), words.region());
        return new Answer(vendor, model, servedModel, place);
    }

    /** A name that answers to what was asked for stands for the same model. */
    private @Nullable Resolution servedModel(
            @Nullable String vendor, @Nullable String requested, Resolution model, String served) {
        return requested == null || ModelNames.answers(requested, served) ? model : aliases.of(vendor, served);
    }

    /** Names are data from outside: they become keys, ids and text that people read. */
    private @Nullable String refusal(@Nullable String deployment, @Nullable String requested, @Nullable String served) {
        if (deployment == null || deployment.startsWith(UNNAMED)) {
            return "no attribute names the deployment: " + String.join(", ", config.deploymentAttributes());
        }
        if (!isFit(deployment, MAX_DEPLOYMENT) || deployment.regionMatches(true, 0, "pkg:", 0, 4)) {
            return "the name of the deployment must have at most " + MAX_DEPLOYMENT
                    + " characters, no control characters, no space at its ends, and not begin with pkg:";
        }
        if (requested != null && !isFit(requested, ModelNames.MAX_LENGTH)) {
            return REQUESTED + " must have at most " + ModelNames.MAX_LENGTH
                    + " characters, no control characters and no space at its ends";
        }
        if (served != null && !isFit(served, ModelNames.MAX_LENGTH)) {
            return SERVED + " must have at most " + ModelNames.MAX_LENGTH
                    + " characters, no control characters and no space at its ends";
        }
        return null;
    }

    private static @Nullable String bounded(@Nullable String text, int most) {
        return text != null && isFit(text, most) ? text : null;
    }

    private static boolean isFit(String text, int most) {
        return text.length() <= most
                && text.equals(text.strip())
                && text.codePoints()
                        .noneMatch(c -> Character.isISOControl(c)
                                || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE));
    }

    private static @Nullable Instant at(Span span) {
        long nanos = span.getEndTimeUnixNano() != 0 ? span.getEndTimeUnixNano() : span.getStartTimeUnixNano();
        // An unsigned number; what is negative here lies centuries ahead.
        return nanos == 0 ? null : nanos < 0 ? Instant.MAX : Instant.ofEpochMilli(nanos / 1_000_000);
    }
}
