#!/usr/bin/env bash
# Shows a topic of a running modelwatch with Kafka's own console consumer, all from Maven Central:
#   examples/console/read.sh alerts-ocsf
#   examples/console/read.sh changes --max-messages 10 --formatter-property print.key=true
# Options are passed on; without --max-messages or --timeout-ms it goes on until Ctrl-C. Needs Maven and Java 17 or newer.
set -euo pipefail
topic=${1:?"name a topic, such as alerts-ocsf or changes (README.md, For integrators)"}
shift
here=$(cd "$(dirname "$0")" && pwd)
classpath=$here/target/classpath
if [ ! -s "$classpath" ] || [ "$here/pom.xml" -nt "$classpath" ]; then
    mkdir -p "$here/target"
    mvn -B -q -f "$here/pom.xml" dependency:build-classpath -DincludeScope=runtime -Dmdep.outputFile="$classpath" >&2
fi
options=(--isolation-level read_committed --from-beginning)
if [ "$topic" != alerts-ocsf ]; then
    # What is not JSON is Avro. Apicurio's deserializer reads the registry that `up` brings; a Confluent-compatible one is
    # read by Confluent's (io.confluent.kafka.serializers.KafkaAvroDeserializer, schema.registry.url), from their repository.
    registry=${MODELWATCH_KAFKA_REGISTRY:-http://127.0.0.1:8081/apis/ccompat/v7}
    options+=(--formatter-property value.deserializer=io.apicurio.registry.serde.avro.AvroKafkaDeserializer
        --formatter-property "value.deserializer.apicurio.registry.url=${registry%/apis/*}/apis/registry/v2"
        --formatter-property value.deserializer.apicurio.registry.as-confluent=true
        --formatter-property value.deserializer.apicurio.registry.use-id=contentId
        --formatter-property value.deserializer.apicurio.registry.headers.enabled=false)
fi
exec java -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp "$(cat "$classpath")" \
    org.apache.kafka.tools.consumer.ConsoleConsumer \
    --bootstrap-server "${MODELWATCH_KAFKA_BOOTSTRAP:-127.0.0.1:9092}" \
    --topic "${MODELWATCH_TOPICS_PREFIX:-modelwatch}.$topic.v1" "${options[@]}" "$@"
