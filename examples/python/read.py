#!/usr/bin/env python3
"""Reads changes and alerts of modelwatch with clients that know nothing of it: Confluent's for Kafka, and plain Avro.

    python3 read.py [topic…]     default: changes alerts

It needs confluent-kafka and avro: 'apt install python3-confluent-kafka python3-avro' or
'pip install confluent-kafka avro'. With Confluent's AvroDeserializer (pip's confluent-kafka[avro]) the class Registry
below is not needed.
"""

import io
import json
import os
import sys
import urllib.request

import avro.io
import avro.schema
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition

PREFIX = os.environ.get("MODELWATCH_TOPICS_PREFIX", "modelwatch")
BOOTSTRAP = os.environ.get("MODELWATCH_KAFKA_BOOTSTRAP", "127.0.0.1:9092")
REGISTRY = os.environ.get("MODELWATCH_KAFKA_REGISTRY", "http://127.0.0.1:8081/apis/ccompat/v7")

# It ends when nothing has come for so long: an example, not a service.
QUIET_SECONDS = 5


class Registry:
    """The writer's schemas, by the id in front of each record."""

    def __init__(self, url):
        self.url = url
        self.readers = {}

    def decode(self, data):
        """Decodes a value in the Confluent wire format: a zero byte, four bytes of schema id, Avro."""
        if data[0] != 0:
            raise ValueError("not in the Confluent wire format")
        number = int.from_bytes(data[1:5], "big")
        if number not in self.readers:
            with urllib.request.urlopen(f"{self.url}/schemas/ids/{number}", timeout=10) as answer:
                self.readers[number] = avro.io.DatumReader(avro.schema.parse(json.load(answer)["schema"]))
        return self.readers[number].read(avro.io.BinaryDecoder(io.BytesIO(data[5:])))


def main(entities):
    topics = [f"{PREFIX}.{entity}.v1" for entity in entities]
    registry = Registry(REGISTRY)
    counts = dict.fromkeys(topics, 0)
    consumer = Consumer(
        {
            "bootstrap.servers": BOOTSTRAP,
            "group.id": f"example-python-{os.getpid()}",
            "enable.auto.commit": False,
            # Everything is written in transactions: read what was committed only.
            "isolation.level": "read_committed",
        }
    )
    try:
        known = consumer.list_topics(timeout=10).topics
        consumer.assign(
            [
                TopicPartition(topic, partition, OFFSET_BEGINNING)
                for topic in topics
                if topic in known
                for partition in known[topic].partitions
            ]
        )
        while (message := consumer.poll(QUIET_SECONDS)) is not None:
            if message.error():
                raise KafkaException(message.error())
            headers = {name: value.decode() for name, value in message.headers() or [] if value is not None}
            value = registry.decode(message.value()) if message.value() is not None else {}
            counts[message.topic()] += 1
            print(
                headers.get("ce_time"),
                message.topic(),
                message.key().decode(),
                value.get("kind") or value.get("state") or "",
                headers.get("ce_id"),
            )
    finally:
        consumer.close()
    for topic, count in counts.items():
        print(f"{count} records on {topic}")
    if 0 in counts.values():
        sys.exit("a topic had no record: push something first (README.md, Start)")


if __name__ == "__main__":
    main(sys.argv[1:] or ["changes", "alerts"])
