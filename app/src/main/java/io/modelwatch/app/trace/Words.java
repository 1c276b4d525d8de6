package io.modelwatch.app.trace;

import io.opentelemetry.api.common.AttributeKey;

/**
 * Names of attributes: of OpenTelemetry's semantic conventions for messaging, Kafka and HTTP (1.37), and our own, which
 * begin with {@code modelwatch.} and are listed in {@code docs/operations.md}.
 */
final class Words {

    static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("messaging.system");
    static final AttributeKey<String> OPERATION = AttributeKey.stringKey("messaging.operation.name");
    static final AttributeKey<String> OPERATION_TYPE = AttributeKey.stringKey("messaging.operation.type");
    static final AttributeKey<String> DESTINATION = AttributeKey.stringKey("messaging.destination.name");
    static final AttributeKey<String> PARTITION = AttributeKey.stringKey("messaging.destination.partition.id");
    static final AttributeKey<String> GROUP = AttributeKey.stringKey("messaging.consumer.group.name");
    static final AttributeKey<String> MESSAGE = AttributeKey.stringKey("messaging.message.id");
    static final AttributeKey<String> KEY = AttributeKey.stringKey("messaging.kafka.message.key");
    static final AttributeKey<Long> OFFSET = AttributeKey.longKey("messaging.kafka.offset");

    static final AttributeKey<String> METHOD = AttributeKey.stringKey("http.request.method");
    static final AttributeKey<Long> RESEND = AttributeKey.longKey("http.request.resend_count");
    static final AttributeKey<Long> STATUS = AttributeKey.longKey("http.response.status_code");
    static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");

    /** By which observation it came to be. */
    static final AttributeKey<String> CORRELATION = AttributeKey.stringKey("modelwatch.correlation_id");

    /** What it is about: a model, a deployment, a source. */
    static final AttributeKey<String> SUBJECT = AttributeKey.stringKey("modelwatch.subject");

    /** Name of the topology, as in {@code mw_path}. */
    static final AttributeKey<String> STAGE = AttributeKey.stringKey("modelwatch.stage");

    /** Milliseconds from the stage before to this one: what waited in the topic, until the commit and for its turn. */
    static final AttributeKey<Long> WAIT = AttributeKey.longKey("modelwatch.wait_ms");

    /** Name of the delivery. */
    static final AttributeKey<String> DELIVERY = AttributeKey.stringKey("modelwatch.delivery.name");

    /** Its type. */
    static final AttributeKey<String> DELIVERY_TYPE = AttributeKey.stringKey("modelwatch.delivery.type");

    /** Which attempt of this process it was, from 1. */
    static final AttributeKey<Long> ATTEMPT = AttributeKey.longKey("modelwatch.delivery.attempt");

    static final String KAFKA = "kafka";
    static final String SEND = "send";
    static final String PROCESS = "process";

    private Words() {}
}
