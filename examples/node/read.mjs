// Reads changes and alerts of modelwatch with clients that know nothing of it: a pure JavaScript client for Kafka, and
// Confluent's own for the schema registry.
//   node read.mjs [topic…]     default: changes alerts
import { AvroDeserializer, SchemaRegistryClient, SerdeType } from '@confluentinc/schemaregistry'
import { Consumer, MessagesStreamModes, stringDeserializer } from '@platformatic/kafka'

const prefix = process.env.MODELWATCH_TOPICS_PREFIX ?? 'modelwatch'
const entities = process.argv.length > 2 ? process.argv.slice(2) : ['changes', 'alerts']
const topics = entities.map(entity => `${prefix}.${entity}.v1`)

const registry = new SchemaRegistryClient({
  baseURLs: [process.env.MODELWATCH_KAFKA_REGISTRY ?? 'http://127.0.0.1:8081/apis/ccompat/v7']
})
// The writer's schema comes from the registry, by the id in front of each record.
const avro = new AvroDeserializer(registry, SerdeType.VALUE, {})

const consumer = new Consumer({
  groupId: `example-node-${process.pid}`,
  clientId: 'example-node',
  bootstrapBrokers: [process.env.MODELWATCH_KAFKA_BOOTSTRAP ?? '127.0.0.1:9092'],
  // Keys are text; values stay bytes until the registry is asked.
  deserializers: { key: stringDeserializer, headerKey: stringDeserializer, headerValue: stringDeserializer }
})

const counts = Object.fromEntries(topics.map(topic => [topic, 0]))
const stream = await consumer.consume({
  topics,
  mode: MessagesStreamModes.EARLIEST,
  autocommit: false,
  // Everything is written in transactions: read what was committed only.
  isolationLevel: 1
})
// It ends when nothing has come for a while: an example, not a service.
let quiet = setTimeout(() => stream.close(), 5000)
for await (const message of stream) {
  quiet.refresh()
  const value = message.value && (await avro.deserialize(message.topic, message.value))
  counts[message.topic]++
  const at = message.headers.get('ce_time')
  console.log(at, message.topic, message.key, value?.kind ?? value?.state ?? '', message.headers.get('ce_id'))
}
clearTimeout(quiet)
await consumer.close(true)
for (const [topic, count] of Object.entries(counts)) {
  console.log(`${count} records on ${topic}`)
}
if (Object.values(counts).some(count => count === 0)) {
  console.error('a topic had no record: push something first (README.md, Start)')
  process.exit(1)
}
