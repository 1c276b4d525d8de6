package io.modelwatch.app.config;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Every single-valued setting: its key in {@code modelwatch.yaml}, its default and what it does. {@code
 * docs/configuration.md} is generated from here.
 */
public enum Setting {
    DATA_DIR("dataDir", ".modelwatch", "directory of everything that is kept: broker, registry, database, stores"),
    API_HOST("api.host", "127.0.0.1", "address on which the HTTP API listens; any but loopback needs `api.tokens`"),
    API_PORT("api.port", "8080", "port of the HTTP API"),
    API_RATE(
            "api.rate",
            "2000",
            "requests a second that one client of the API may make, twice as many at once; 0 for any"),
    API_CERTIFICATE(
            "api.certificate",
            null,
            "file with the certificate of the API, then those of the authorities between, PEM: with it the API speaks HTTPS"
                    + " and nothing else"),
    API_KEY(
            "api.key",
            null,
            "file with the key of that certificate, PEM (PKCS #8, not encrypted); both are read again when they change"),
    HEALTH_HOST(
            "health.host",
            "127.0.0.1",
            "address on which an instance answers /health/live, /health/ready and /metrics, without asking who calls"),
    HEALTH_PORT(
            "health.port",
            null,
            "its port, 0 for any free one; where it is not set, `run` takes a free one and says which, and `up` answers at"
                    + " the HTTP API only"),
    PORTS_KAFKA("ports.kafka", "9092", "port of the embedded broker"),
    PORTS_KAFKA_CONTROLLER("ports.kafkaController", "9093", "port of the embedded broker's controller"),
    PORTS_REGISTRY("ports.registry", "8081", "port of the embedded schema registry"),
    PORTS_POSTGRES("ports.postgres", "15432", "port of the embedded PostgreSQL"),
    TOPICS_PREFIX("topics.prefix", "modelwatch", "first part of every topic's name"),
    KAFKA_BOOTSTRAP("kafka.bootstrap", null, "host:port of an external Kafka, several joined by commas (run only)"),
    KAFKA_REGISTRY("kafka.registry", null, "address of an external registry's Confluent API (run only)"),
    KAFKA_REPLICATION("kafka.replication", "3", "replication factor on an external Kafka"),
    KAFKA_STANDBY(
            "kafka.standby",
            "0",
            "copies of each store that other instances of a role keep up to date, so that what one that is lost did goes on"
                    + " at once; one value for all instances, of which there must be more (run only)"),
    KAFKA_RACK(
            "kafka.rack",
            null,
            "rack or zone of this instance, as the brokers name theirs: copies of a store go to other racks; for all instances"
                    + " or for none (run only)"),
    DATABASE_URL(
            "database.url",
            null,
            "JDBC address of an external PostgreSQL, without a password, for the history and for pollers that share the sources"
                    + " (run only)"),
    DATABASE_USER("database.user", null, "user of that database"),
    DATABASE_PASSWORD("database.password", null, "its password; not allowed in the file") {
        @Override
        public boolean secret() {
            return true;
        }
    },
    LEDGER_KEY(
            "ledger.key",
            null,
            "file with the key that signs the ledger (Ed25519, PEM); it is made there if it is not there, `ledger.key`"
                    + " in `dataDir` where this is not set. One key for all instances; see [the ledger](ledger.md)"),
    LINEAGE_WATCHED(
            "lineage.watched",
            "",
            "globs over package URLs, joined by commas: a new derivative of one of these models is a change"),
    LINEAGE_ORIGINS("lineage.origins", null, "CSV file with origins that go before those that are shipped"),
    LINEAGE_LICENSES("lineage.licenses", null, "CSV file with licences, instead of those that are shipped"),
    INFERENCE_ENABLED(
            "inference.enabled",
            "false",
            "infer a parent where the card of a model declares none: true or false; one value for all instances"),
    TELEMETRY_ENABLED(
            "telemetry.enabled",
            "false",
            "take in spans of calls of models, by POST /v1/traces and from telemetry.topic: true or false; one value for all"
                    + " instances; see [telemetry](telemetry.md)"),
    TELEMETRY_TOPIC(
            "telemetry.topic", null, "topic to which a collector's Kafka exporter writes, for example otlp_spans"),
    TELEMETRY_ENCODING("telemetry.encoding", "otlp_proto", "its encoding: otlp_proto or otlp_json"),
    TELEMETRY_DEPLOYMENT(
            "telemetry.deployment",
            "modelwatch.deployment,service.name",
            "attributes that name the deployment, joined by commas: the first that a span has, then its resource"),
    TELEMETRY_DEPLOYMENTS(
            "telemetry.deployments",
            "",
            "globs over names of deployments, joined by commas: spans of others are passed over; empty for all"),
    TELEMETRY_REGION(
            "telemetry.region", "", "attributes that name the region where a model answered, joined by commas"),
    TELEMETRY_FALLBACK(
            "telemetry.fallback",
            "",
            "attributes that say, by true or a number above 0, that another route had failed before, joined by commas"),
    TELEMETRY_ALIASES(
            "telemetry.aliases",
            null,
            "CSV file of names of models (vendor,name,model) that goes before the shipped one"),
    TELEMETRY_WINDOW("telemetry.window", "7d", "how long what spans showed counts after it was last seen"),
    TELEMETRY_ROUTES("telemetry.routes", "64", "names under which a deployment asks for models that are kept, at most"),
    TELEMETRY_BLIND_AFTER(
            "telemetry.blindAfter",
            null,
            "how long no export of spans may come, over HTTP or from the topic, before the source telemetry is blind and an"
                    + " alert says so; one value for all instances"),
    TRACES_ENDPOINT(
            "traces.endpoint",
            null,
            "address of an OTLP/HTTP receiver, such as http://collector:4318, to which the traces of what made a difference"
                    + " are sent; without it none are made; for all instances or for none; see"
                    + " [operations](operations.md#traces)"),
    TRACES_SAMPLE(
            "traces.sample",
            "1.0",
            "share of the observations whose traces are sent, from 0 to 1; one value for all instances"),
    TRACES_CA_FILE("traces.caFile", null, "PEM file with the authorities that are trusted there instead of Java's own"),
    TRACES_HEADERS(
            "traces.headers",
            null,
            "headers for that receiver, name=value joined by commas, such as authorization=Bearer …; not allowed in the file") {
        @Override
        public boolean secret() {
            return true;
        }
    },
    POLICIES_BASELINE(
            "policies.baseline",
            "drift",
            "does the first sighting of a deployment count as drift, where no policy says it: drift or accept"),
    POLICIES_GRACE(
            "policies.grace",
            "0s",
            "how long after a change became known an approval may come, where no policy says it"),
    POLICIES_FILES(
            "policies.files",
            "",
            "policy files, joined by commas; a directory stands for its .yaml and .yml files; one value for all"
                    + " instances"),
    POLICIES_SHIPPED("policies.shipped", "true", "do the policies that come with modelwatch hold too: true or false"),
    PROCUREMENT_FOLDER(
            "procurement.folder",
            null,
            "folder whose YAML, JSON, JSON Lines and CSV files hold procurement events; see"
                    + " [procurement](procurement.md)"),
    PROCUREMENT_EVERY("procurement.every", "30s", "time between two looks into that folder"),
    TICKS_EVERY("ticks.every", "10s", "time between two ticks of the pollers' clock, by which approvals expire");

    private final String key;
    private final @Nullable String otherwise;
    private final String meaning;

    Setting(String key, @Nullable String otherwise, String meaning) {
        this.key = key;
        this.otherwise = otherwise;
        this.meaning = meaning;
    }

    /** Returns the dotted path in the file. */
    public String key() {
        return key;
    }

    /** Returns the environment variable, which goes before the file. */
    public String variable() {
        return "MODELWATCH_"
                + key.replaceAll("([a-z])([A-Z])", "$1_$2").replace('.', '_').toUpperCase(Locale.ROOT);
    }

    /** Returns the default, or null where there is none. */
    public @Nullable String otherwise() {
        return otherwise;
    }

    /** Returns what it does, in words. */
    public String meaning() {
        return meaning;
    }

    /** Returns whether it comes from the environment, or from a file that {@code <variable>_FILE} names, alone. */
    public boolean secret() {
        return false;
    }
}
