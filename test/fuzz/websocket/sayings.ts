/**
 * What is said over the WebSocket of hosts: messages of asyncapi.yaml in the words of this cluster,
 * with faults in their values, or in their writing.
 */
import { encode } from '../../../src/wire/msgpack.js'
import type { Random } from '../../simulation/kernel/random.js'
import { secretOf } from '../../support/secrets.js'
import { honestHosts, honestNamespace } from '../cluster/fuzz-cluster.js'
import { withFault } from '../generator/faults.js'
import { toJson, twistedJson } from '../generator/json-text.js'
import { hostileMsgpack } from '../generator/msgpack-bytes.js'
import type { Tree } from '../generator/schema.js'
import { type Known, Values } from '../generator/values.js'

export const fuzzNamespaces: readonly string[] = ['ws-a', 'ws-b']

/** Who a session says to be. */
export type Role = 'observer' | 'host' | 'newcomer' | 'poser'

/** What everybody may know of an honest host. */
export interface HonestMember {
  readonly name: string
  readonly instance: string
  readonly epoch: number
}

export interface Welcomed {
  readonly lineage: string
  readonly epoch: number
  readonly term: number
  readonly disseminated: { readonly generation: number; readonly digest: string }
}

const kinds = [
  ...(['Heartbeat', 'Heartbeat', 'Heartbeat', 'Heartbeat', 'Get', 'Get'] as const),
  ...(['Heartbeat', 'Heartbeat', 'Leave', 'Bye', 'Fenced'] as const),
]
const namesMax = 24
const secretsMax = 6

export class Sayings {
  readonly #values: Values
  readonly #members: readonly HonestMember[]
  readonly #lineage: string
  readonly #cluster: string

  constructor(document: Tree, cluster: string, lineage: string, members: readonly HonestMember[]) {
    this.#values = new Values(document, this.#known)
    this.#cluster = cluster
    this.#lineage = lineage
    this.#members = members
  }

  hello(role: Role, random: Random): Record<string, unknown> {
    const hello = this.#values.valid(ref('Hello'), random) as Record<string, unknown>
    if (random.chance(0.97)) hello.protocol = 1
    if ('cluster' in hello && random.chance(0.95)) hello.cluster = this.#cluster
    hello.secret = secretOf(String(random.below(secretsMax)))
    hello.namespace = role === 'poser' || role === 'newcomer' ? honestNamespace : hello.namespace
    if (role === 'observer') {
      delete hello.name
      return hello
    }
    hello.appId ??= 'fuzz'
    const offered = ['Honest', 'Fuzz', 'Other'].slice(0, random.between(1, 3))
    if (random.chance(0.9)) hello.types = offered
    if (role === 'poser') {
      const member = random.pick(this.#members)
      hello.name = member.name
      if (random.chance(0.7)) hello.instance = member.instance
    } else hello.name = `127.0.0.1:${9_000 + random.below(namesMax)}`
    return hello
  }

  /** Something that comes after a hello. @param welcomed what the session was told, if it was */
  further(role: Role, welcomed: Welcomed | null, random: Random): Record<string, unknown> {
    const kind = random.pick(kinds)
    const message = this.#values.valid(ref(kind), random) as Record<string, unknown>
    if (random.chance(0.1)) return message
    const member = role === 'poser' ? random.pick(this.#members) : null
    if ('lineage' in message) message.lineage = welcomed?.lineage ?? this.#lineage
    if ('epoch' in message) message.epoch = member?.epoch ?? welcomed?.epoch ?? 0
    if ('acknowledged' in message && welcomed !== null) {
      const { term, disseminated } = welcomed
      const ahead = random.pick([0, 0, 0, 1, 5])
      const generation = disseminated.generation + ahead
      message.acknowledged = { term, generation, digest: disseminated.digest }
    }
    return message
  }

  /** Any message, with a fault in it. */
  faulty(message: Record<string, unknown>, random: Random): unknown {
    const name = String(message.kind)
    const schema = ref(`${name[0]!.toUpperCase()}${name.slice(1)}`)
    return withFault(message, schema, this.#values.schemas, random)
  }

  readonly #known: Known = (name, random) => {
    switch (name) {
      case 'Namespace':
        return random.pick(fuzzNamespaces)
      case 'Cluster':
        return this.#cluster
      case 'Lineage':
        return this.#lineage
      case 'HostName':
      case 'HostAddress':
        return random.pick([...honestHosts, `127.0.0.1:${9_000 + random.below(namesMax)}`])
      case 'Instance':
        return random.pick(this.#members).instance
      case 'Epoch':
        return random.pick(this.#members).epoch
      case 'Term':
      case 'Generation':
        return random.below(12)
      default:
        return undefined
    }
  }
}

function ref(component: string) {
  return { $ref: `#/components/schemas/${component}` }
}

export function written(message: unknown, isBinary: boolean): Buffer {
  return isBinary ? Buffer.from(encode(message)) : Buffer.from(toJson(message))
}

/** Bytes that are the message no more, or only just. */
export function badlyWritten(message: unknown, isBinary: boolean, random: Random): Buffer {
  if (!isBinary) return twistedJson(message, random)
  return Buffer.from(hostileMsgpack(message, random, [encode({ kind: 'get', generation: 1 })]))
}
